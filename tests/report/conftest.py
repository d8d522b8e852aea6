"""Reports in our own words, built from articles whose offsets re-read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from stance.records import Article, Judgement, Label, Pair, Party, Probabilities, ScoreReport, Statement

PARTIES = (Party("nor", "Norland"), Party("suv", "Suvia"), Party("rel", "Relief Council"))
Side = Callable[..., tuple[Article, Statement]]
Judge = Callable[..., Judgement]


@pytest.fixture
def said() -> Side:
    """Return a maker of an article with one statement: ``said("a1", "lead ", "words", " tail", …)``."""

    def make(
        name: str,
        lead: str,
        words: str,
        tail: str = "",
        *,
        article: dict[str, object] | None = None,
        **fields: object,
    ) -> tuple[Article, Statement]:
        start = len(lead)
        statement = Statement(f"{name}:0", words, start, start + len(words), name, **fields)  # type: ignore[arg-type]
        return Article(name, lead + words + tail, **(article or {})), statement  # type: ignore[arg-type]

    return make


@pytest.fixture
def judged() -> Judge:
    """Return a maker of a judgement: ``judged(a, b, "contradict", 0.9)``."""

    def make(a: Statement, b: Statement, label: str, p: float, *, needs_review: bool = False) -> Judgement:
        rest = dict.fromkeys(Label, (1 - p) / 2) | {Label(label): p}
        probabilities = Probabilities(**{name.value: value for name, value in rest.items()})
        return Judgement(Pair(a, b), Label(label), probabilities, needs_review)

    return make


@pytest.fixture
def report(said: Side, judged: Judge) -> ScoreReport:
    """Return two events, three parties and five judged pairs, one of which needs a person."""
    bridge = {"event": "Tarn bridge", "outlet": "Harbour Post", "published": date(2026, 3, 3)}
    port = {"event": "Kellmouth port", "outlet": "Wire North", "published": date(2026, 3, 9)}
    nor, suv, rel = ({"party": party.id} for party in PARTIES)
    mar, ministry = {"speaker": "Gen. Mar", "cue": "said"}, {"speaker": "the ministry", "denies": True}
    made = [
        said("b1", "The general said ", "the bridge was shelled", ".", **nor, **mar, article=bridge),
        said("b2", "They denied that ", "its guns hit the bridge", ".", **suv, **ministry, article=bridge),
        said("b3", "Dr Hedin reported ", "eleven wounded at the bridge", ".", **rel, article=bridge),
        said("p1", "Minister Brandt said ", "the port is open", ".", **nor, article=port),
        said("p2", "Mr Okoro said ", "no ship has left", ".", **rel, article=port),
    ]
    b1, b2, b3, p1, p2 = (statement for _, statement in made)
    return ScoreReport(
        articles=tuple(article for article, _ in made),
        statements=(b1, b2, b3, p1, p2),
        judgements=(
            judged(p1, p2, "contradict", 0.94),
            judged(b1, b2, "contradict", 0.88),
            judged(b1, b3, "support", 0.71, needs_review=True),
            judged(b2, b3, "unrelated", 0.93),
            judged(b2, p1, "unrelated", 0.85),
        ),
        parties=PARTIES,
        refused=("articles.jsonl:7: no text",),
        info={
            "model": "stance-small",
            "version": "0.1.0",
            "seconds": {"pairing": 0.5, "judging": 1.5},
            "roster": None,
        },
    )
