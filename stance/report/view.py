"""The report's values in the words and order in which people read them. Draws nothing itself.

``page`` and ``terminal`` both read these, so that the page and the terminal never disagree. The
words for what was read are in ``words``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from stance.records import Article, Judgement, Kind, Label, Probabilities, ScoreReport, Statement

CONTEXT_CHARS = 160
"""Characters of the article shown on each side of a statement, about one sentence of news prose."""

COLOURS = 8
"""Party colours defined in ``templates/report.css``; a ninth party starts again at the first."""

UNKNOWN_PARTY = "party unknown"
UNKNOWN_SPEAKER = "speaker not named"

_SHORTEST_CONTEXT = 40
_SENTENCE_END = re.compile(r"[.!?…。][\"'”’»)\]]*\s+|\n\s*")
_KINDS = {Kind.DIRECT: "direct quote", Kind.INDIRECT: "indirect", Kind.MIXED: "partly quoted"}


@dataclass(frozen=True, slots=True)
class PartyView:
    """A party that speaks in the report: its place in the order of parties and its statements."""

    id: str
    name: str
    rank: int
    statements: int

    @property
    def colour(self) -> int:
        """Return the number of the party's colour, 0 to ``COLOURS - 1``."""
        return self.rank % COLOURS


@dataclass(frozen=True, slots=True)
class Side:
    """One statement of a judged pair with its place in its article.

    ``before + statement.text + after`` is one unbroken stretch of the article's text; both are empty
    when the report does not hold the article. ``cut_before`` and ``cut_after`` say whether the article
    goes on beyond them. ``also_in`` names the outlets (or else articles) that print a copy.
    """

    statement: Statement
    article: Article | None
    party: PartyView | None
    before: str
    after: str
    cut_before: bool
    cut_after: bool
    also_in: tuple[str, ...] = ()

    @property
    def when(self) -> list[tuple[str, date, date]]:
        """Return the days that the statement names for what happens: its words, first and last day."""
        return [(self.words(d.start, d.end), d.first, d.last) for d in self.statement.when]

    def words(self, start: int, end: int) -> str:
        """Return the statement's own words between two offsets of its article, on one line."""
        text = self.statement.text
        return " ".join(text[start - self.statement.start : end - self.statement.start].split())

    @property
    def party_name(self) -> str:
        """Return the party's name for reading."""
        return self.party.name if self.party else UNKNOWN_PARTY

    @property
    def speaker(self) -> str:
        """Return the speaker as named in the article, or words saying that nobody is named."""
        return self.statement.speaker or UNKNOWN_SPEAKER

    @property
    def kind(self) -> str:
        """Return the form of the reported words, in words."""
        return _KINDS[self.statement.kind]

    @property
    def outlet(self) -> str | None:
        """Return the outlet of the article, if known."""
        return self.article.outlet if self.article else None

    @property
    def day(self) -> date | None:
        """Return the day of the saying, or else of publication."""
        return self.statement.said or (self.article.published if self.article else None)

    @property
    def link(self) -> str | None:
        """Return the article's address when a browser can follow it safely (http, https)."""
        url = (self.article.url or "").strip() if self.article else ""
        return url if url.lower().startswith(("http://", "https://")) else None


@dataclass(frozen=True, slots=True)
class Card:
    """One judgement ready to show; ``number`` is its place in the report, from 1.

    ``numbers``: the words of the two numbers it turns on, the left side's first. ``set_apart``: counted
    neither as contradiction nor as support, for its different days.
    """

    number: int
    label: Label
    probabilities: Probabilities
    needs_review: bool
    left: Side
    right: Side
    different_time: bool = False
    numbers: tuple[str, str] | None = None
    clash: bool = False
    set_apart: bool = False

    @property
    def probability(self) -> float:
        """Return the probability of the verdict itself."""
        return self.probabilities.of(self.label)

    @property
    def pair_key(self) -> str:
        """Return a key that is equal for pairs of the same two parties."""
        return "-".join(str(side.party.rank) if side.party else "x" for side in (self.left, self.right))

    @property
    def pair_name(self) -> str:
        """Return the two parties' names for reading."""
        return f"{self.left.party_name} and {self.right.party_name}"

    @property
    def apart(self) -> str | None:
        """Return how far apart in time the two were said, or None when a date is missing."""
        if self.left.day is None or self.right.day is None:
            return None
        days = abs((self.left.day - self.right.day).days)
        return "same day" if days == 0 else f"{days} day{'s' if days > 1 else ''} apart"


@dataclass(frozen=True, slots=True)
class Section:
    """The judged pairs of one event, each list in report order. ``name`` is None without an event."""

    name: str | None
    articles: int
    contradict: tuple[Card, ...]
    support: tuple[Card, ...]
    unrelated: tuple[Card, ...]
    apart: tuple[Card, ...] = ()


def speaking_parties(report: ScoreReport) -> list[PartyView]:
    """Return the parties with a statement: in the order of ``report.parties``, then others by id."""
    counts = Counter(s.party for s in report.statements if s.party is not None)
    judged = {s.party for j in report.judgements for s in (j.pair.a, j.pair.b) if s.party is not None}
    names = {party.id: party.name for party in report.parties}
    listed = [party for party in names if party in counts or party in judged]
    found = sorted((set(counts) | judged) - set(names))
    return [
        PartyView(party, names.get(party, party), rank, counts[party])
        for rank, party in enumerate([*listed, *found])
    ]


def cards(report: ScoreReport) -> list[Card]:
    """Return every judgement as a card, in report order.

    The party that comes first in ``speaking_parties`` stands on the left in every card, so that a
    reader finds one party always on one side; the judgement does not depend on the order.

    Raises ``ValueError`` when a statement's offsets do not re-read its text from its article.
    """
    articles = {article.id: article for article in report.articles}
    parties = {party.id: party for party in speaking_parties(report)}
    also_in = copies_in(report)
    return [
        _card(n, j, articles=articles, parties=parties, also_in=also_in, set_apart=report.is_apart(j))
        for n, j in enumerate(report.judgements, 1)
    ]


def copies_in(report: ScoreReport) -> dict[str, tuple[str, ...]]:
    """Return by statement id where else it is printed: outlets, or ids of articles without one, sorted."""
    if not report.copies:
        return {}
    names = {article.id: article.outlet or article.id for article in report.articles}
    printed = {s.id: names.get(s.article_id, s.article_id) for s in report.statements}
    return {
        stands: tuple(sorted({printed[copy] for copy in copies} - {printed[stands]}))
        for stands, copies in report.copies.items()
    }


def sections(report: ScoreReport, shown: Iterable[Card]) -> list[Section]:
    """Return the cards by event, events in the order of the articles, the pairs of no event last.

    A pair belongs to the event of its left statement, or else of its right. Events without a judged
    pair have no section.
    """
    by_event: dict[str | None, list[Card]] = {article.event: [] for article in report.articles}
    for card in shown:
        events = [side.article.event for side in (card.left, card.right) if side.article]
        by_event.setdefault(next((event for event in events if event), None), []).append(card)
    sizes = Counter(article.event for article in report.articles)
    order = sorted(by_event, key=lambda event: event is None)
    return [_section(event, by_event[event], articles=sizes[event]) for event in order if by_event[event]]


def context(text: str, start: int, end: int) -> tuple[str, str]:
    """Return what stands before and after ``text[start:end]``, cut at sentences or else at words.

    Each is at most ``CONTEXT_CHARS`` long and touches the stretch without a gap.
    """
    first, last = max(0, start - CONTEXT_CHARS), min(len(text), end + CONTEXT_CHARS)
    before, after = text[first:start], text[end:last]
    return (_cut_head(before) if first else before), (_cut_tail(after) if last < len(text) else after)


def _cut_head(before: str) -> str:
    """Start at the first sentence that begins in ``before``, or else at the first whole word."""
    sentence = _SENTENCE_END.search(before)
    if sentence and len(before) - sentence.end() >= _SHORTEST_CONTEXT:
        return before[sentence.end() :]
    word = re.search(r"\s+", before)
    return before[word.end() :] if word else before


def _cut_tail(after: str) -> str:
    """End with the last sentence that ends in ``after``, or else with the last whole word."""
    sentence_ends = [match.start() for match in _SENTENCE_END.finditer(after)]
    if sentence_ends and sentence_ends[-1] >= _SHORTEST_CONTEXT:
        match = _SENTENCE_END.match(after, sentence_ends[-1])
        return after[: match.end()].rstrip() if match else after
    head, space, _ = after.rpartition(" ")
    return head if space else after


def _side(
    statement: Statement,
    *,
    articles: Mapping[str, Article],
    parties: Mapping[str, PartyView],
    also_in: Mapping[str, tuple[str, ...]],
) -> Side:
    party = parties.get(statement.party) if statement.party is not None else None
    article = articles.get(statement.article_id)
    if article is None:
        return Side(statement, None, party, before="", after="", cut_before=False, cut_after=False)
    found = article.text[statement.start : statement.end]
    if found != statement.text:
        raise ValueError(
            f"statement {statement.id!r}: article {article.id!r} holds {found!r} at "
            f"{statement.start}:{statement.end}, but the statement's text is {statement.text!r}"
        )
    before, after = context(article.text, statement.start, statement.end)
    return Side(
        statement,
        article,
        party,
        before=before,
        after=after,
        cut_before=len(before) < statement.start,
        cut_after=statement.end + len(after) < len(article.text.rstrip()),
        also_in=also_in.get(statement.id, ()),
    )


def _card(
    number: int,
    judgement: Judgement,
    *,
    articles: Mapping[str, Article],
    parties: Mapping[str, PartyView],
    also_in: Mapping[str, tuple[str, ...]],
    set_apart: bool,
) -> Card:
    left, right = (
        _side(statement, articles=articles, parties=parties, also_in=also_in)
        for statement in (judgement.pair.a, judgement.pair.b)
    )
    found = judgement.numbers
    told = (
        (left.words(found.a.start, found.a.end), right.words(found.b.start, found.b.end)) if found else None
    )
    if _rank(right) < _rank(left):
        left, right = right, left
        told = told[::-1] if told else None
    return Card(
        number,
        judgement.label,
        judgement.probabilities,
        needs_review=judgement.needs_review,
        left=left,
        right=right,
        different_time=judgement.different_time,
        numbers=told,
        clash=found is not None and found.clash,
        set_apart=set_apart,
    )


def _rank(side: Side) -> float:
    return side.party.rank if side.party else float("inf")


def _section(event: str | None, members: Iterable[Card], *, articles: int) -> Section:
    by_label: dict[Label, list[Card]] = {label: [] for label in Label}
    apart: list[Card] = []
    for card in members:
        (apart if card.set_apart else by_label[card.label]).append(card)
    return Section(
        event,
        articles,
        contradict=tuple(by_label[Label.CONTRADICT]),
        support=tuple(by_label[Label.SUPPORT]),
        unrelated=tuple(by_label[Label.UNRELATED]),
        apart=tuple(apart),
    )
