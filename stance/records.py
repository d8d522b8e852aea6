"""The frozen values that travel between the rooms of stance. No logic beyond their own invariants.

Nothing else is passed from room to room; see ``docs/design.md`` for who makes and who reads each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType


class Label(StrEnum):
    """How two statements of opposing parties stand to each other.

    - ``contradict``: read by a careful reader who assumes the same event and time unless said
      otherwise, both cannot be true at once.
    - ``support``: one makes the other true or plainly corroborates it (either direction).
    - ``unrelated``: neither; also the same topic with compatible content.

    The order of the members is the order of the columns of every probability array in stance.
    """

    CONTRADICT = "contradict"
    SUPPORT = "support"
    UNRELATED = "unrelated"


LABELS: tuple[Label, ...] = tuple(Label)
"""All labels in column order."""

LABEL_NAMES: Mapping[str, Label] = MappingProxyType(
    {
        "contradict": Label.CONTRADICT,
        "contradicts": Label.CONTRADICT,
        "contradiction": Label.CONTRADICT,
        "refutes": Label.CONTRADICT,
        "refuted": Label.CONTRADICT,
        "disagree": Label.CONTRADICT,
        "support": Label.SUPPORT,
        "supports": Label.SUPPORT,
        "supported": Label.SUPPORT,
        "entailment": Label.SUPPORT,
        "agree": Label.SUPPORT,
        "unrelated": Label.UNRELATED,
        "neutral": Label.UNRELATED,
        "not enough info": Label.UNRELATED,
        "not_enough_info": Label.UNRELATED,
        "nei": Label.UNRELATED,
    }
)
"""The names, in lower case, by which data sets and models call our labels. FNC-1's *discuss* and the
two-way *not_entailment* are absent on purpose: they are no single one of the three."""


def label_of(name: str) -> Label | None:
    """Return the label that ``name`` stands for, whatever its case; None for a name we don't know."""
    return LABEL_NAMES.get(name.strip().lower())


@dataclass(frozen=True, slots=True)
class Article:
    """One news text, kept as read: the offsets of its statements refer to ``text``."""

    id: str
    text: str
    title: str | None = None
    outlet: str | None = None
    published: date | None = None
    url: str | None = None
    event: str | None = None


class Kind(StrEnum):
    """Form of the reported words: quoted, paraphrased, or a paraphrase with quoted parts."""

    DIRECT = "direct"
    INDIRECT = "indirect"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Days:
    """When something is said to happen: from ``first`` to ``last``, both included, one day or more.

    ``[start, end)`` are the words that say so, as offsets in the article.
    """

    first: date
    last: date
    start: int
    end: int

    def meets(self, other: Days) -> bool:
        """Return whether the two have a day in common."""
        return self.first <= other.last and other.first <= self.last


class Bound(StrEnum):
    """How a number is to be taken; a bare number is ``EXACTLY``."""

    EXACTLY = "exactly"
    ABOUT = "about"
    AT_LEAST = "at least"
    UP_TO = "up to"
    MORE_THAN = "more than"
    FEWER_THAN = "fewer than"


class Scope(StrEnum):
    """What a number counts over: one day, or all days so far."""

    DAY = "day"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of something: from ``low`` to ``high`` (the same but in "10 to 15"), as the words bound it.

    ``unit`` is what is counted or measured, in the singular ("soldier killed", "tonne", "percent");
    ``[start, end)`` are its words, bound included, as offsets in the article. ``scope`` is None when unsaid.
    """

    low: float
    high: float
    unit: str
    bound: Bound
    scope: Scope | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NumberPair:
    """A number of either side of a pair with one unit; ``clash`` says that both cannot be the same number."""

    a: Quantity
    b: Quantity
    clash: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """What one speaker is reported to have said; ``article.text[start:end] == text``, always.

    ``speaker`` is the speaker as named in the article (None when unknown), ``party`` the id of the
    party spoken for (None when unknown), ``cue`` the reporting words, ``denies`` whether those
    words themselves deny the content ("denied", "rejected"), ``said`` the day of the saying.
    ``when`` holds the days that the text names for what happens, ``quantities`` its numbers. ``said_as`` is
    how the text reads alone ("we" named, no reporting words inside), for people: None when that is the text
    itself. A ``fragment`` ("This is a lie") says nothing alone and is not paired.
    """

    id: str
    text: str
    start: int
    end: int
    article_id: str
    speaker: str | None = None
    party: str | None = None
    cue: str | None = None
    kind: Kind = Kind.INDIRECT
    denies: bool = False
    said: date | None = None
    when: tuple[Days, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    said_as: str | None = None
    fragment: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A body or person that speaks for a party, from one day to another (None: without that limit)."""

    name: str
    since: date | None = None
    until: date | None = None

    def active(self, day: date | None) -> bool:
        """Return whether it belongs to the party on ``day``; on an unknown day only without limits."""
        if day is None:
            return self.since is None and self.until is None
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Party:
    """A side that a speaker can stand for.

    ``opposes`` holds the ids of the parties it opposes; None means every party that it is not
    allied with. ``allied`` holds the ids of its allies. ``members`` are bodies and people who speak for it,
    some for a time only: one name may be a member of two parties at different times.
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    opposes: frozenset[str] | None = None
    allied: frozenset[str] = frozenset()
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two statements whose parties oppose each other. The order never changes the judgement."""

    a: Statement
    b: Statement


@dataclass(frozen=True, slots=True)
class Probabilities:
    """Calibrated probabilities of the three labels; they sum to 1."""

    contradict: float
    support: float
    unrelated: float

    def of(self, label: Label) -> float:
        """Return the probability of one label."""
        return float(getattr(self, label.value))

    def as_dict(self) -> dict[str, float]:
        """Return the probabilities by label string, in column order."""
        return {label.value: self.of(label) for label in LABELS}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one pair: its label, the probabilities, and whether a person should look.

    ``different_time``: the two name days for what happens and have none in common. ``numbers``: the two
    numbers of one unit that the pair turns on. Neither changes the label.
    """

    pair: Pair
    label: Label
    probabilities: Probabilities
    needs_review: bool = False
    different_time: bool = False
    numbers: NumberPair | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled pair, for training and evaluation only.

    ``directed`` says how the gold label was given: True for premise -> hypothesis as in NLI sets,
    False for the symmetric labels of stance. ``tags`` are the other columns of its row.
    """

    premise: str
    hypothesis: str
    gold: Label
    id: str = ""
    directed: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """What scoring an article set gives: the values of every step, ready to print, save or render.

    ``judgements`` stand contradictions first, then support, then unrelated, each by falling
    probability. ``refused`` holds one message per row or file that could not be read; ``info`` how the
    run was made (model, thresholds, counts, seconds per stage): plain JSON values. ``copies`` holds, by the
    id of a statement, the ids of those that print the same words of the same party: one source, judged once.
    With ``strict_time`` a judgement on statements about different days counts as neither contradiction nor
    support: it is in :meth:`apart` only.
    """

    articles: tuple[Article, ...]
    statements: tuple[Statement, ...]
    judgements: tuple[Judgement, ...]
    parties: tuple[Party, ...] = ()
    refused: tuple[str, ...] = ()
    info: Mapping[str, object] = field(default_factory=dict)
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    strict_time: bool = False

    def labelled(self, label: Label) -> list[Judgement]:
        """Return the judgements with ``label``, in report order, without those in :meth:`apart`."""
        return [j for j in self.judgements if j.label is label and not self.is_apart(j)]

    def apart(self) -> list[Judgement]:
        """Return the contradictions and supports set apart for their different days, in report order."""
        return [j for j in self.judgements if self.is_apart(j)]

    def is_apart(self, judgement: Judgement) -> bool:
        """Return whether a judgement is set apart for its different days."""
        return self.strict_time and judgement.different_time and judgement.label is not Label.UNRELATED
