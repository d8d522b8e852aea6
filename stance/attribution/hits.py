"""Chooses, among the parties that one part of a speaker phrase names, the one that is spoken for.

It is given the names found (``parties.py`` finds them) and looks at where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stance.attribution.lexicon import is_body
from stance.attribution.phrases import LINKS, NounPhrase, Segment, common, noun_phrase

_HINT = re.compile(r"[-‑–](?:backed|occupied|held|controlled|based)$")


@dataclass(frozen=True, slots=True)
class Hit:
    """A party named by a span of the article.

    ``rank``: 2 for a proper name in the roster, 1 for a name of a state, 0 for common words of the roster.
    ``town``: a capital that no roster lists, so that it may stand for the town alone.
    """

    party: str
    start: int
    end: int
    reason: str
    rank: int
    town: bool = False


class Unclear(Exception):  # noqa: N818
    """The phrase names two parties, or someone outside the dispute: other descriptions don't overrule it."""


def spoken_for(piece: Sequence[Segment], hits: Sequence[Hit]) -> Hit | None:
    """Choose the party that the head of one part names, else the first that it speaks for."""
    head = noun_phrase(piece[0])
    barred = 0
    for n, segment in enumerate(piece):
        phrase = noun_phrase(segment)
        abroad = segment.link == "in" and n == 1 and head.is_a("officials") and not head.name
        if n and not abroad and not speaks_for(head, segment, n):
            return None
        # 'a hospital of the Russian army', 'opponents of sending Russian troops'
        if n and ((common(head.core) and not head.roles and not is_body(head.core[-1])) or _clause(segment)):
            return None
        barred = max(barred, _bar(phrase))
        within = [h for h in hits if segment.start <= h.start and h.end <= segment.end]
        last = phrase.core[-1].start if phrase.core else -1
        covered = any(h.start <= last < h.end for h in within)
        own = [h for h in within if _counts(h, phrase, segment, barred, covered=covered)]
        own = [h for h in own if not abroad or h.rank == 1]
        if n and head.is_a("local"):
            own = [h for h in own if not h.town]
        if own:
            between = {w.low for w in segment.words if own[0].end <= w.start < own[-1].start}
            if len({h.party for h in own}) > 1 and between & {"and", "or", "versus"}:
                raise Unclear("the speaker phrase names two parties")
            # a proper name before a state before common words; of names the longest, of states the first
            return max(own, key=lambda h: (h.rank, h.end - h.start if h.rank != 1 else 0, -h.start))
        # 'the Iran-backed governor of ...': a state that the head only hints at bars those that follow
        if any(_HINT.search(w.low) for w in segment.words):
            return None
    return None


def _clause(segment: Segment) -> bool:
    first = segment.words[0]
    return first.text.endswith("ing") and not first.capital


def _bar(phrase: NounPhrase) -> int:
    """Return how a core bars names beside it: 2 all ('Harbour Lines workers'), 1 states, 0 none."""
    last = phrase.core[-1] if phrase.core else None
    if any(word.low in {"candidate", "candidates", "nominee"} for word in phrase.roles):
        return 1
    if last is None:
        return 0
    if last.is_a("crowds"):
        return 2
    if last.low == "bank" and any(w.low in {"central", "reserve"} for w in phrase.core):
        return 0
    return int(last.is_a("fighters", "kinds", "companies") or (last.capital and last.is_a("names")))


def _counts(hit: Hit, phrase: NounPhrase, segment: Segment, barred: int, *, covered: bool) -> bool:
    """Whether a name counts where it stands: not as part of another body, of a person or of a town.

    ``covered``: some name holds the last word of the core.
    """
    core, name = phrase.core, phrase.name
    in_name = bool(name) and hit.start >= name[0].start
    covers = bool(core) and hit.start <= core[-1].start < hit.end
    if hit.rank == 1:
        # 'Michael Jordan', 'Paris Lind'
        if in_name and (hit.start, hit.end) != (name[0].start, name[-1].stop):
            return False
        # 'an Egyptian textbook', 'the FBI data' speak for nobody
        if core and not covered and not is_body(core[-1]) and not core[-1].is_a("modifiers"):
            return False
    if not covers and not (in_name and hit.rank != 1) and barred and (barred > 1 or hit.rank == 1):
        return False
    if not hit.town:
        return True
    rest = [w for w in segment.words if not hit.start <= w.start < hit.end and w not in name]
    rest = [w for w in rest if not w.is_a("articles")]
    return all(
        w.is_a("officials", "sent", "modifiers", "ranks", "crowd-of") and not w.is_a("local") for w in rest
    ) and not any(w.low == "police" for w in rest)


def speaks_for(head: NounPhrase, segment: Segment, n: int) -> bool:
    """Whether the head speaks for what stands behind the preposition of segment ``n``."""
    if segment.link == "to":
        return n == 1 and head.is_a("advisers")
    return segment.link in LINKS and not (segment.link == "for" and head.is_a("sent"))
