"""How well statements are found and linked, on articles with annotated attributions (PolNeAR's layout).

Takes spans; runs no tagger and reads no files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stance.attribution.linking import Attribution, Span

ROLES = ("source", "cue", "content")
# Words and single marks, so that the figure does not hang on a model's word pieces.
_TOKEN = re.compile(r"\w+|[^\w\s]")
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Counts:
    """What was there (gold), what was said (found), and what of it was right (hits)."""

    gold: int = 0
    found: int = 0
    hits: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.gold + other.gold, self.found + other.found, self.hits + other.hits)

    @property
    def precision(self) -> float:
        """Hits among what was found; 0 when nothing was."""
        return self.hits / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Hits among what was there; 0 when nothing was."""
        return self.hits / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.gold + self.found
        return 2 * self.hits / both if both else 0.0


def token_counts(text: str, found: Sequence[Span], gold: Sequence[Span]) -> dict[str, Counts]:
    """Return token counts by role. A token belongs to a role when its first character lies in such a span."""
    starts = [m.start() for m in _TOKEN.finditer(text)]

    def covered(spans: Sequence[Span], role: str) -> set[int]:
        inside = [s for s in spans if s.role == role]
        return {p for p in starts if any(s.start <= p < s.end for s in inside)}

    counts: dict[str, Counts] = {}
    for role in ROLES:
        wanted, said = covered(gold, role), covered(found, role)
        counts[role] = Counts(len(wanted), len(said), len(wanted & said))
    return counts


def overlap(a: Span, b: Span) -> float:
    """Return intersection over union of two spans in characters, 0 to 1."""
    common = min(a.end, b.end) - max(a.start, b.start)
    return max(0, common) / (max(a.end, b.end) - min(a.start, b.start))


def relation_counts(found: Sequence[Attribution], gold: Sequence[Sequence[Span]]) -> Counts:
    """Count relations: a content with its source, both right.

    ``gold`` holds the spans of each annotated attribution, whose every content is one relation. A found
    content matches the gold content that it overlaps most, by at least half of their union, each gold
    once; its source is right when it overlaps one of the attribution's sources by at least half, or when
    neither has one.
    """
    wanted = [(c, spans) for spans in gold for c in spans if c.role == "content"]
    options = sorted(
        (
            (overlap(f.content, c), i, j)
            for i, f in enumerate(found)
            for j, (c, _) in enumerate(wanted)
            if overlap(f.content, c) >= _HALF
        ),
        key=lambda option: (-option[0], option[1:]),
    )
    used_found: set[int] = set()
    used_gold: set[int] = set()
    hits = 0
    for _, i, j in options:
        if i in used_found or j in used_gold:
            continue
        used_found.add(i)
        used_gold.add(j)
        sources = [s for s in wanted[j][1] if s.role == "source"]
        source = found[i].source
        right = any(overlap(source, s) >= _HALF for s in sources) if source else not sources
        hits += right
    return Counts(len(wanted), len(found), hits)
