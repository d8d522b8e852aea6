"""The numbers of an article-level evaluation, their sums over sets and their table. Measures nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import reduce
from operator import add

from stance.records import Label
from stance.scoring.run import ScoreSettings, stance_version

COUNTED = (Label.CONTRADICT, Label.SUPPORT)
"""The labels that pairs are counted for; all other pairs are unrelated."""

# Columns of the longest title, "contradict, gold statements", and a gap.
_TITLE = 29
_SHOWN = 12  # hexadecimal digits of a hash in the signature line


@dataclass(frozen=True, slots=True)
class Share:
    """``right`` of ``of`` cases."""

    right: int
    of: int

    def __add__(self, other: Share) -> Share:
        return Share(self.right + other.right, self.of + other.of)

    @property
    def share(self) -> float | None:
        """The share, None of no cases."""
        return self.right / self.of if self.of else None

    def to_dict(self) -> dict[str, object]:
        """Return the counts and the share as plain JSON values."""
        return {"right": self.right, "of": self.of, "share": self.share}


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was to be found and what was given.

    ``found`` of the ``gold`` items were found; ``right`` of the ``predicted`` ones are gold. The two differ
    where several predicted statements stand for one gold statement.
    """

    gold: int
    predicted: int
    found: int
    right: int

    def __add__(self, other: Retrieval) -> Retrieval:
        return Retrieval(
            self.gold + other.gold,
            self.predicted + other.predicted,
            self.found + other.found,
            self.right + other.right,
        )

    @property
    def precision(self) -> float | None:
        """Share of the predicted that is right; with nothing predicted 0, or None without gold."""
        if not self.predicted:
            return 0.0 if self.gold else None
        return self.right / self.predicted

    @property
    def recall(self) -> float | None:
        """Share of the gold that was found, None without gold."""
        return self.found / self.gold if self.gold else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall, 0 when both are, None without gold."""
        precision, recall = self.precision, self.recall
        if precision is None or recall is None:
            return None
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def to_dict(self) -> dict[str, object]:
        """Return counts and metrics as plain JSON values."""
        return {**asdict(self), "precision": self.precision, "recall": self.recall, "f1": self.f1}


@dataclass(frozen=True, slots=True)
class PairMetrics:
    """How the pairs of a set were found and judged; both mappings have ``contradict`` and ``support``.

    - ``read``: pairs that the pairing step chose and the model read.
    - ``candidates``: share of the gold pairs with both statements at hand that are among them.
    - ``labels``: the judged pairs against all gold pairs.
    - ``outside``: pairs judged contradict or support of which a statement is not in the gold. They are
      among the wrong ones in ``labels``.
    """

    read: int
    candidates: Mapping[str, Share]
    labels: Mapping[str, Retrieval]
    outside: int

    def __add__(self, other: PairMetrics) -> PairMetrics:
        return PairMetrics(
            self.read + other.read,
            {name: share + other.candidates[name] for name, share in self.candidates.items()},
            {name: counts + other.labels[name] for name, counts in self.labels.items()},
            self.outside + other.outside,
        )

    def to_dict(self) -> dict[str, object]:
        """Return counts and metrics as plain JSON values."""
        return {
            "read": self.read,
            "candidates": {name: share.to_dict() for name, share in self.candidates.items()},
            "labels": {name: counts.to_dict() for name, counts in self.labels.items()},
            "outside": self.outside,
        }


@dataclass(frozen=True, slots=True)
class ArticleMetrics:
    """The numbers of one article set, or of several pooled.

    - ``statements``: gold statements found, predicted statements that are one.
    - ``speaker``, ``party``, ``denies``: of the gold statements found (for ``speaker``: those with a gold
      speaker), the share on which every piece agrees with the gold. A speaker outside the parties has the
      party None and must be given none.
    - ``party_discovered``: as ``party``, without the roster; found parties stand for gold ones one to one.
    - ``gold_pairs``: pairing and judging of the gold statements. ``end_to_end``: of the predicted ones.
    - ``data``: sha256 of the set (``GoldSet.sha256``).
    """

    name: str
    data: str
    settings: ScoreSettings
    sets: int
    articles: int
    statements: Retrieval
    speaker: Share
    party: Share
    party_discovered: Share
    denies: Share
    gold_pairs: PairMetrics
    end_to_end: PairMetrics

    def to_dict(self) -> dict[str, object]:
        """Return all counts and metrics as plain JSON values, undefined ones as None."""
        return {
            "name": self.name,
            "data": self.data,
            "settings": asdict(self.settings),
            "sets": self.sets,
            "articles": self.articles,
            "statements": self.statements.to_dict(),
            "speaker": self.speaker.to_dict(),
            "party": self.party.to_dict(),
            "party_discovered": self.party_discovered.to_dict(),
            "denies": self.denies.to_dict(),
            "gold_pairs": self.gold_pairs.to_dict(),
            "end_to_end": self.end_to_end.to_dict(),
        }


def pooled(metrics: Sequence[ArticleMetrics]) -> ArticleMetrics:
    """Return the sets as one, named "all": counts are added, so every statement and pair weighs the same.

    ``data`` is the sha256 of the sets' hashes, one a line.

    Raises:
        ValueError: no sets, or sets measured with different settings.
    """
    if not metrics:
        raise ValueError("no sets to pool: give the metrics of at least one")
    if len({m.settings for m in metrics}) > 1:
        raise ValueError("the sets were measured with different settings: needed the same for all")
    lines = "".join(f"{m.data}\n" for m in metrics)
    return replace(
        metrics[0],
        name="all",
        data=hashlib.sha256(lines.encode("ascii")).hexdigest(),
        sets=sum(m.sets for m in metrics),
        articles=sum(m.articles for m in metrics),
        statements=reduce(add, (m.statements for m in metrics)),
        speaker=reduce(add, (m.speaker for m in metrics)),
        party=reduce(add, (m.party for m in metrics)),
        party_discovered=reduce(add, (m.party_discovered for m in metrics)),
        denies=reduce(add, (m.denies for m in metrics)),
        gold_pairs=reduce(add, (m.gold_pairs for m in metrics)),
        end_to_end=reduce(add, (m.end_to_end for m in metrics)),
    )


def article_lines(
    metrics: Sequence[ArticleMetrics], *, model: str = "unnamed", tagger: str = "unnamed"
) -> list[str]:
    """Return the metrics as lines for a terminal: a row a set, a total of several, the signature last.

    ``model`` and ``tagger`` name the two models in the signature, as ``name@hash``.

    Raises:
        ValueError: as :func:`pooled`.
    """
    total = pooled(metrics)
    rows = [*metrics, total] if len(metrics) > 1 else list(metrics)
    width = max(_TITLE, *(len(m.name) + 2 for m in rows))
    lines = _retrieval_lines("statements", width, [(m.name, m.statements) for m in rows])
    lines += ["", f"{'who said it':<{width}}" + _heads("speaker", "party", "no roster", "denies")]
    lines += [
        f"{m.name:<{width}}" + "".join(map(_share, (m.speaker, m.party, m.party_discovered, m.denies)))
        for m in rows
    ]
    stages = {
        "gold statements": [(m.name, m.gold_pairs) for m in rows],
        "end to end": [(m.name, m.end_to_end) for m in rows],
    }
    for title, stage in stages.items():
        lines += ["", f"{f'pairs, {title}':<{width}}" + _heads("read", "contradict", "support", "outside")]
        for name, pairs in stage:
            kept = "".join(_share(pairs.candidates[label.value]) for label in COUNTED)
            lines.append(f"{name:<{width}}{pairs.read:>16}{kept}{pairs.outside:>16}")
    for label in COUNTED:
        for title, stage in stages.items():
            counts = [(name, pairs.labels[label.value]) for name, pairs in stage]
            lines += ["", *_retrieval_lines(f"{label.value}, {title}", width, counts)]
    return [*lines, "", _signature(total, model, tagger)]


def _retrieval_lines(title: str, width: int, rows: Sequence[tuple[str, Retrieval]]) -> list[str]:
    lines = [f"{title:<{width}}{'gold':>7}{'given':>7}{'precision':>11}{'recall':>8}{'f1':>8}"]
    for name, counts in rows:
        lines.append(
            f"{name:<{width}}{counts.gold:>7}{counts.predicted:>7}{_number(counts.precision):>11}"
            f"{_number(counts.recall):>8}{_number(counts.f1):>8}"
        )
    return lines


def _heads(*names: str) -> str:
    return "".join(f"{name:>16}" for name in names)


def _share(share: Share) -> str:
    return f"{f'{_number(share.share)} of {share.of}':>16}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _signature(total: ArticleMetrics, model: str, tagger: str) -> str:
    settings = total.settings
    days = "any" if settings.days is None else settings.days
    return (
        f"data:{total.data[:_SHOWN]}|sets:{total.sets}|articles:{total.articles}|model:{model}|tagger:{tagger}"
        f"|top_k:{settings.top_k}|days:{days}|min_closeness:{settings.min_closeness:g}|version:{stance_version()}"
    )
