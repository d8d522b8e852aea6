"""The batch job: tagging, attribution, pairing, judging over a whole article set.

It runs no model itself (an engine does) and writes nothing but what the store it is given keeps.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from stance.attribution.extract import extract
from stance.attribution.parties import PartyFinder
from stance.attribution.roster import Roster, roster_yaml
from stance.facts.marks import marked
from stance.judging import REVIEW_BELOW, check_review_below
from stance.pairing import MIN_CLOSENESS, TOP_K, PairingSettings, find_candidates, find_copies
from stance.pairing.copies import COPY_DAYS
from stance.records import Article, Judgement, Label, ScoreReport, Statement
from stance.scoring.engine import Engine, LocalEngine, Scorer, Tagger
from stance.scoring.events import AUTO, with_events
from stance.scoring.folder import grouped
from stance.scoring.store import Inputs, Named, RunStore, model_name, text_key
from stance.scoring.work import judge_read, read_pairs, tag_texts

Progress = Callable[[str, int, int], None]
"""Called with the stage, how much of it is done, and its total."""

TIMES = ("loose", "strict")

_ORDER = {Label.CONTRADICT: 0, Label.SUPPORT: 1, Label.UNRELATED: 2}


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """How a set is scored.

    ``top_k``, ``days`` and ``min_closeness`` choose the pairs (see :class:`stance.pairing.PairingSettings`);
    a judgement less sure than ``review_below`` wants a person. ``time``: ``loose`` only marks the pairs about
    different days, ``strict`` also sets them apart from contradictions and supports, for a person to see.
    ``events``: ``auto``, ``off`` or a file, see :func:`stance.scoring.events.with_events`.
    """

    top_k: int = TOP_K
    days: int | None = None
    min_closeness: float = MIN_CLOSENESS
    review_below: float = REVIEW_BELOW
    time: str = "loose"
    events: str = AUTO

    def __post_init__(self) -> None:
        if self.time not in TIMES:
            raise ValueError(f"time is {self.time!r}: one of {', '.join(TIMES)} is needed")
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
    tagger: Tagger | None = None,
    scorer: Scorer | None = None,
    roster: Roster | None = None,
    settings: ScoreSettings | None = None,
    refused: Sequence[str] = (),
    progress: Progress | None = None,
    store: RunStore | None = None,
    engine: Engine | None = None,
) -> ScoreReport:
    """Return the statements, judgements and parties of an article set.

    Without a ``roster`` parties are discovered and all oppose each other. ``refused`` holds messages of
    rows that could not be read; they are carried into the report. With a ``store`` no model is asked again
    for what it has told before, and what it tells is kept as it comes; the report is the same without.
    The models are ``tagger`` and ``scorer``, run here, or those of an ``engine``, run where it runs them.

    Raises:
        ValueError: neither two models nor an engine are given.
        DataError: another run has the store's folder, or it cannot be read or written.
    """
    settings = settings or ScoreSettings()
    if engine is None:
        if tagger is None or scorer is None:
            raise ValueError("no model to score with: give a tagger and a scorer, or an engine")
        engine = LocalEngine(tagger, scorer)
    if store:
        inputs = _inputs(articles, engine, roster, settings)
        store.begin(inputs, model=engine.scorer, tagger=engine.tagger)
    watch = _Watch()
    articles = with_events(articles, settings.events)
    watch.lap("events")
    known = tag_texts(
        [a.text for a in articles],
        engine,
        store,
        progress=stage_counter(progress, "articles", len(articles)) or _unseen,
    )
    watch.lap("tagging")
    finder = PartyFinder(roster)
    told = stage_counter(progress, "attribution", len(articles))
    statements = extract(articles, known, finder, progress=told)
    found = finder.roster()
    watch.lap("attribution")
    event = {a.id: a.event for a in articles}
    copies = _copies(statements, event, settings)
    watch.lap("copies")
    alone = [s for s in statements if s.id not in copies]
    candidates = find_candidates(
        alone, found.opposed, events=[event[s.article_id] for s in alone], settings=settings.pairing()
    )
    watch.lap("pairing")
    pairs = candidates.pairs
    read = read_pairs(
        pairs, engine, store, progress=lambda total: stage_counter(progress, "pairs", total) or _unseen
    )
    watch.lap("reading")
    judgements = judge_read(
        pairs,
        read,
        symmetric=engine.scorer.symmetric,
        review_below=settings.review_below,
        least=getattr(engine.scorer, "least", None),
    )
    strict = settings.time == "strict"
    judgements = marked(judgements, strict_time=strict)
    judgements.sort(key=_rank)
    watch.lap("judging")
    return ScoreReport(
        articles=tuple(articles),
        statements=tuple(statements),
        judgements=tuple(judgements),
        parties=found.parties,
        refused=tuple(refused),
        copies=grouped(copies),
        strict_time=strict,
        info={
            **_how(engine, roster, settings),
            "counts": {
                "articles": len(articles),
                "events": len({a.event for a in articles if a.event}),
                "refused": len(refused),
                "articles_reused": known.reused,
                "statements": len(statements),
                "statements_with_party": sum(s.party is not None for s in statements),
                "copies": len(copies),
                "pairs_considered": candidates.considered,
                **_counts(judgements),
                "scored": read.scored,
                "reused": read.reused,
                "truncated": read.truncated,
            },
            "seconds": watch.seconds,
            **({"store_seconds": round(store.seconds, 3)} if store else {}),
        },
    )


def _how(engine: Engine, roster: Roster | None, settings: ScoreSettings) -> dict[str, object]:
    runs_on = getattr(engine.scorer, "engine", "")
    return {
        "version": stance_version(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": _named(engine.scorer),
        "tagger": _named(engine.tagger),
        "engine": engine.name,
        **({"runtime": runs_on} if runs_on else {}),
        "roster": "discovered" if roster is None else "given",
        "threshold": settings.review_below,
        "settings": asdict(settings),
    }


def _inputs(
    articles: Sequence[Article], engine: Engine, roster: Roster | None, settings: ScoreSettings
) -> Inputs:
    digest = hashlib.sha256()
    for article in articles:
        digest.update(f"{article.id}\n{text_key(article.text).hex()}\n".encode("utf-8", "surrogatepass"))
    given = "discovered" if roster is None else hashlib.sha256(roster_yaml(roster).encode()).hexdigest()
    return Inputs(
        articles=digest.hexdigest(),
        model=model_name(engine.scorer),
        tagger=model_name(engine.tagger),
        roster=given,
        settings=asdict(settings),
    )


def _named(model: Named) -> str:
    return f"{model.name}@{model.hash}"


def _copies(
    statements: Sequence[Statement], event: Mapping[str, str | None], settings: ScoreSettings
) -> dict[str, str]:
    """Find copies; with a window in days only those of one day, as their days decide whom they meet."""
    return find_copies(
        statements,
        events=[event[s.article_id] for s in statements],
        days=COPY_DAYS if settings.days is None else 0,
    )


class _Watch:
    """Seconds of each stage, in the order of the stages."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._last, 3)
        self._last = now


def _unseen(_done: int) -> None:
    """Take progress that nobody wants to see."""


def _counts(judgements: Sequence[Judgement]) -> dict[str, int]:
    counts = Counter(j.label.value for j in judgements)
    return {
        "pairs": len(judgements),
        **{label.value: counts[label.value] for label in Label},
        "needs_review": sum(j.needs_review for j in judgements),
        "different_time": sum(j.different_time for j in judgements),
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
