"""Marks judgements with what tells an update from a conflict: other days, and the two numbers they turn on.

It changes no label and no probability.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from stance.facts.numbers import compare
from stance.facts.when import distinct
from stance.records import Judgement, Label, NumberPair


def marked(judgements: Iterable[Judgement], *, strict_time: bool = False) -> list[Judgement]:
    """Return the judgements with ``different_time`` and ``numbers``, same order and length.

    ``different_time``: both statements name days for what happens, and none in common. With ``strict_time``
    such a contradiction or support is for a person. ``numbers``: a contradiction whose statements have
    numbers of one unit that clash, or a support whose numbers agree; the other way round when one of the
    two denies.
    """
    result = []
    for judgement in judgements:
        a, b = judgement.pair.a, judgement.pair.b
        apart = distinct(a.when, b.when)
        review = judgement.needs_review or (strict_time and apart and judgement.label is not Label.UNRELATED)
        numbers = _turns_on(judgement)
        if apart or numbers:
            judgement = replace(judgement, different_time=apart, numbers=numbers, needs_review=review)  # noqa: PLW2901
        result.append(judgement)
    return result


def _turns_on(judgement: Judgement) -> NumberPair | None:
    """The two numbers, when they are the reason for the label."""
    a, b = judgement.pair.a, judgement.pair.b
    found = compare(a.quantities, b.quantities) if judgement.label is not Label.UNRELATED else None
    clashing = (judgement.label is Label.CONTRADICT) == (a.denies == b.denies)
    return found if found is not None and found.clash is clashing else None
