"""The batch job on one machine: attribution, pairing, judging over a whole article set. Writes nothing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from typing import Protocol

from stance.attribution.extract import Tags, extract
from stance.attribution.parties import PartyFinder
from stance.attribution.roster import Roster
from stance.judging import REVIEW_BELOW, PairScorer, both_readings, check_review_below, judge
from stance.pairing import MIN_CLOSENESS, TOP_K, PairingSettings, pair_statements
from stance.records import Article, Judgement, Label, ScoreReport

Progress = Callable[[str, int, int], None]
"""Called with the stage, how much of it is done, and its total."""

_ORDER = {Label.CONTRADICT: 0, Label.SUPPORT: 1, Label.UNRELATED: 2}


class Named(Protocol):
    """A model that can be named in the run's record."""

    name: str
    hash: str


class Scorer(PairScorer, Named, Protocol):
    """A pair scorer with a name and a hash."""


class Tagger(Tags, Named, Protocol):
    """A span tagger with a name and a hash."""


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """How a set is scored.

    ``top_k``, ``days`` and ``min_closeness`` choose the pairs (see :class:`stance.pairing.PairingSettings`);
    a judgement less sure than ``review_below`` wants a person.
    """

    top_k: int = TOP_K
    days: int | None = None
    min_closeness: float = MIN_CLOSENESS
    review_below: float = REVIEW_BELOW

    def __post_init__(self) -> None:
        # Refused here, before the long way to the room that would refuse it.
        self.pairing()
        check_review_below(self.review_below)

    def pairing(self) -> PairingSettings:
        """Return the part of the settings that pairing reads."""
        return PairingSettings(top_k=self.top_k, days=self.days, min_closeness=self.min_closeness)


def stance_version() -> str:
    """Return the installed version of stance, or ``0+source`` when it is not installed."""
    try:
        return version("stance-nli")
    except PackageNotFoundError:
        return "0+source"


def score_articles(
    articles: Sequence[Article],
    *,
    tagger: Tagger,
    scorer: Scorer,
    roster: Roster | None = None,
    settings: ScoreSettings | None = None,
    refused: Sequence[str] = (),
    progress: Progress | None = None,
) -> ScoreReport:
    """Return the statements, judgements and parties of an article set.

    Without a ``roster`` parties are discovered and all oppose each other. ``refused`` holds messages of
    rows that could not be read; they are carried into the report.
    """
    settings = settings or ScoreSettings()
    laps = [time.perf_counter()]
    finder = PartyFinder(roster)
    statements = extract(
        articles, tagger, finder, progress=stage_counter(progress, "articles", len(articles))
    )
    found = finder.roster()
    laps.append(time.perf_counter())
    event = {a.id: a.event for a in articles}
    pairs = pair_statements(
        statements,
        found.opposed,
        events=[event[s.article_id] for s in statements],
        settings=settings.pairing(),
    )
    laps.append(time.perf_counter())
    # A scorer runs identical readings once.
    readings = len(set(both_readings([(pair.a.text, pair.b.text) for pair in pairs])))
    judgements, truncated = judge(
        pairs,
        scorer,
        review_below=settings.review_below,
        progress=stage_counter(progress, "pairs", readings),
    )
    laps.append(time.perf_counter())
    seconds = [round(end - start, 3) for start, end in pairwise(laps)]
    return ScoreReport(
        articles=tuple(articles),
        statements=tuple(statements),
        judgements=tuple(sorted(judgements, key=_rank)),
        parties=found.parties,
        refused=tuple(refused),
        info={
            "version": stance_version(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "model": f"{scorer.name}@{scorer.hash}",
            "tagger": f"{tagger.name}@{tagger.hash}",
            "engine": "local",
            "roster": "discovered" if roster is None else "given",
            "threshold": settings.review_below,
            "settings": asdict(settings),
            "counts": {
                "articles": len(articles),
                "refused": len(refused),
                "statements": len(statements),
                "statements_with_party": sum(s.party is not None for s in statements),
                **_counts(judgements),
                "truncated": truncated,
            },
            "seconds": dict(zip(("attribution", "pairing", "judging"), seconds, strict=True)),
        },
    )


def _counts(judgements: Sequence[Judgement]) -> dict[str, int]:
    counts = Counter(j.label.value for j in judgements)
    return {
        "pairs": len(judgements),
        **{label.value: counts[label.value] for label in Label},
        "needs_review": sum(j.needs_review for j in judgements),
    }


def _rank(judgement: Judgement) -> tuple[int, float, str, str]:
    probability = judgement.probabilities.of(judgement.label)
    return _ORDER[judgement.label], -probability, judgement.pair.a.id, judgement.pair.b.id


def stage_counter(progress: Progress | None, stage: str, total: int) -> Callable[[int], None] | None:
    """Return a callback that adds up the units done in a stage; None without ``progress``."""
    if progress is None:
        return None
    done = 0
    progress(stage, 0, total)

    def advance(n: int) -> None:
        nonlocal done
        done += n
        progress(stage, min(done, total), total)

    return advance
