"""The three calls: load, predict, score. Each is a few lines over the rooms below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.judging import REVIEW_BELOW, judge
from stance.records import Article, Judgement, Pair, Party, ScoreReport, Statement
from stance.weights import STANCE_MODEL, TAGGER_MODEL, find_model

if TYPE_CHECKING:
    from stance.attribution.roster import Roster
    from stance.attribution.tagger import SpanTagger
    from stance.classifier import StanceClassifier
    from stance.scoring import RayEngine, RunStore, ScoreSettings
    from stance.scoring.engine import Engine
    from stance.scoring.run import Progress


def _bare(number: int, pair: tuple[str, str]) -> Pair:
    # A pair that is a string of two characters would otherwise pass for two texts.
    if isinstance(pair, str) or len(pair) != 2:  # noqa: PLR2004  # a pair
        raise ValueError(f"pair {number} is {pair!r}: two texts are needed")
    for side, text in zip("ab", pair, strict=True):
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"pair {number}: text {side} is {text!r}: both sides of a pair need words")
    a, b = pair
    return Pair(Statement("a", a, 0, len(a), article_id=""), Statement("b", b, 0, len(b), article_id=""))


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded stance model. ``classifier`` gives raw probabilities to those who want them."""

    classifier: StanceClassifier

    def predict(
        self,
        pairs: Sequence[tuple[str, str]],
        *,
        review_below: float = REVIEW_BELOW,
        progress: Callable[[int], None] | None = None,
    ) -> list[Judgement]:
        """Return one judgement per (a, b), same order and length; the order of a and b is irrelevant.

        Raises:
            ValueError: a text is empty, or ``review_below`` no probability.
        """
        bare = [_bare(number, pair) for number, pair in enumerate(pairs, start=1)]
        least = self.classifier.least
        return judge(bare, self.classifier, review_below=review_below, least=least, progress=progress)[0]


@lru_cache(maxsize=2)
def _model(  # noqa: PLR0917  # all are the key
    place: str,
    changed: int,  # noqa: ARG001  # part of the key
    engine: str,
    device: str,
    threads: int | None,
    say: Callable[[str], None] | None,
) -> Model:
    from stance.classifier import StanceClassifier

    return Model(StanceClassifier.load(place, engine=engine, device=device, threads=threads, say=say))


@lru_cache(maxsize=1)
def _tagger(place: str, changed: int) -> SpanTagger:  # noqa: ARG001  # part of the key
    from stance.attribution.tagger import SpanTagger

    return SpanTagger.load(place)


def _place(name: str | Path | None, default: str) -> tuple[str, int]:
    """Where a model lies, and when it last changed: a model trained anew in its folder is loaded anew."""
    place = find_model(name, default=default)
    folder = Path(place)
    if not folder.is_dir():
        return place, 0
    return str(folder.absolute()), max(file.stat().st_mtime_ns for file in folder.iterdir())


def load(
    name: str | Path | None = None,
    *,
    engine: str = "auto",
    device: str = "auto",
    threads: int | None = None,
    say: Callable[[str], None] | None = None,
) -> Model:
    """Return the shipped model (None), or one from a folder or a hub name; the last two stay in memory.

    The machine chooses what runs it, unless ``engine`` (torch, openvino, openvino-int8), ``device`` (cpu,
    cuda, mps) or ``threads`` says otherwise; ``model.classifier.engine`` names what was chosen. ``say`` is
    told of work that is done on first use only.

    Raises:
        ModelError: it cannot be loaded, or its label names are not understood.
        OptionalDependencyError: the engine asked for is not installed.
        ValueError: an engine, device or number of threads that there is none of.
    """
    return _model(*_place(name, STANCE_MODEL), engine, device, threads, say)


def predict(a: str, b: str, *, model: str | Path | None = None) -> Judgement:
    """Judge one pair of statements: ``stance.predict("The strike is over.", "Nobody is back at work.")``."""
    return load(model).predict([(a, b)])[0]


def score(
    articles: Any,
    parties: str | Path | Roster | Sequence[Party] | None = None,
    *,
    model: str | Path | Model | None = None,
    settings: ScoreSettings | None = None,
    strict: bool = False,
    progress: Progress | None = None,
    store: RunStore | None = None,
    engine: Engine | None = None,
) -> ScoreReport:
    """Find, pair and judge the statements of an article set.

    ``articles``: a path (file or folder), several paths, a list of :class:`Article`, a pandas DataFrame
    or a ``datasets.Dataset``. ``parties``: a roster file, a Roster, a list of :class:`Party`, or None to
    discover them. Rows that cannot be read are listed in ``report.refused``, or end the run if ``strict``.
    ``model`` may be one that :func:`load` returned. With a ``store`` (:class:`stance.scoring.RunStore`)
    models read only what is new since its last run. An ``engine`` (:func:`on_ray`) brings its own models,
    and runs them elsewhere.

    Raises:
        DataError: nothing could be read, or, if ``strict``, one row could not; the roster is not usable; the
            store is in use by another run or cannot be written.
        ModelError: a model cannot be loaded.
    """
    from stance.reading import read_articles
    from stance.scoring import score_articles

    roster = as_roster(parties)
    reading = read_articles(articles, strict=strict)
    rows: tuple[Article, ...] = reading.rows
    return score_articles(
        rows,
        tagger=None if engine else _tagger(*_place(None, TAGGER_MODEL)),
        scorer=None if engine else (model if isinstance(model, Model) else load(model)).classifier,
        roster=roster,
        settings=settings,
        refused=[str(r) for r in reading.refused],
        progress=progress,
        store=store,
        engine=engine,
    )


def on_ray(
    model: str | Path | None = None,
    *,
    engine: str = "auto",
    device: str = "auto",
    threads: int = 1,
    workers: int | None = None,
) -> RayEngine:
    """Return an engine that runs the shipped tagger and a model on Ray; use it in a ``with`` block.

    The arguments are those of :func:`load`, for each of the ``workers`` (default: as many as there is room
    for). A folder must be there on every node. With ``device="cuda"`` a worker takes a GPU.

    Raises:
        ModelError: there is no such model.
        ValueError: fewer than one thread or worker.
    """
    from stance.attribution.tagger import SpanTagger
    from stance.classifier import StanceClassifier
    from stance.scoring import RayEngine

    # Looked for here to fail early; each node finds its own copy of a shipped model.
    place = find_model(model, default=STANCE_MODEL)
    name = str(Path(place).absolute()) if model is not None and Path(model).is_dir() else model
    load_scorer = partial(StanceClassifier.load, name, engine=engine, device=device, threads=threads)
    return RayEngine(SpanTagger.load, load_scorer, threads=threads, workers=workers, gpu=device == "cuda")


def extract_statements(
    articles: Sequence[Article],
    roster: Roster | None = None,
    *,
    progress: Progress | None = None,
    reasons: dict[str, str] | None = None,
) -> tuple[list[Statement], Roster]:
    """Return the statements of articles and the roster used or discovered, with the shipped tagger.

    ``reasons`` is filled with why each statement has its party or none, by statement id.

    Raises:
        ModelError: the tagger cannot be loaded.
    """
    from stance.attribution.extract import extract
    from stance.attribution.parties import PartyFinder
    from stance.scoring.run import stage_counter

    finder = PartyFinder(roster)
    tagger = _tagger(*_place(None, TAGGER_MODEL))
    statements = extract(
        articles,
        tagger,
        finder,
        progress=stage_counter(progress, "articles", len(articles)),
        reasons=reasons,
    )
    return statements, finder.roster()


def as_roster(parties: str | Path | Roster | Sequence[Party] | None) -> Roster | None:
    """Return a roster from what a caller may hand over; None stays None (parties are discovered)."""
    from stance.attribution.roster import Roster, read_roster

    if parties is None or isinstance(parties, Roster):
        return parties
    if isinstance(parties, str | Path):
        return read_roster(Path(parties))
    return Roster(tuple(parties))
