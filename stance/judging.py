"""Turns probabilities into judgements: both reading orders combined, denials, the need for a person.

It runs no model itself: anything with the two members of :class:`PairScorer` serves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stance.records import LABELS, Judgement, Label, Pair, Probabilities

Array = NDArray[np.float64]

# Below this probability of the winning label a person should look.
REVIEW_BELOW = 0.60

_CONTRADICT, _SUPPORT, _UNRELATED = (LABELS.index(label) for label in Label)


class ScoresLike(Protocol):
    """Probabilities, shape (n, 3) in the order of ``LABELS``, and the count of inputs cut to fit."""

    @property
    def probabilities(self) -> Array: ...  # noqa: D102

    @property
    def truncated(self) -> int: ...  # noqa: D102


class PairScorer(Protocol):
    """What judging needs of a classifier."""

    symmetric: bool

    def probabilities(  # noqa: D102
        self, pairs: Sequence[tuple[str, str]], *, progress: Callable[[int], None] | None = None
    ) -> ScoresLike: ...


def combine_orders(forward: Array, backward: Array, *, symmetric: bool) -> Array:
    """Return one distribution per pair from both reading orders, each of shape (n, 3); rows sum to 1.

    A symmetric model is averaged. Of a directional NLI model, *contradict* is the mean of both,
    *support* the larger (one direction of entailment is enough), *unrelated* the smaller (NLI neutral
    one way and entailment the other is our support); then normalised.
    """
    if symmetric:
        return (forward + backward) / 2
    merged = np.stack(
        [
            (forward[:, _CONTRADICT] + backward[:, _CONTRADICT]) / 2,
            np.maximum(forward[:, _SUPPORT], backward[:, _SUPPORT]),
            np.minimum(forward[:, _UNRELATED], backward[:, _UNRELATED]),
        ],
        axis=1,
    )
    return np.asarray(merged / merged.sum(axis=1, keepdims=True))


def apply_denials(probabilities: Array, denials: Sequence[int]) -> Array:
    """Return probabilities about what the speakers mean, given how many of the two sides deny (0, 1, 2).

    The classifier reads the bare contents. If one side denies its content P ("denied that P"), it
    asserts not-P: what supports P contradicts it and what contradicts P supports it. If both deny,
    equal contents still agree, but contents that exclude each other can both be false.
    """
    result = probabilities.copy()
    counts = np.asarray(denials)
    one, both = counts == 1, counts == 2  # noqa: PLR2004  # sides that deny
    result[one] = result[one][:, [_SUPPORT, _CONTRADICT, _UNRELATED]]
    result[both, _UNRELATED] += result[both, _CONTRADICT]
    result[both, _CONTRADICT] = 0.0
    return result


def both_readings(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return what a scorer reads to judge ``pairs``: all in their order, then all the other way round."""
    return [*pairs, *((b, a) for a, b in pairs)]


def check_review_below(review_below: float) -> None:
    """Raise ValueError unless ``review_below`` is a probability."""
    if not 0.0 <= review_below <= 1.0:
        raise ValueError(f"review_below is {review_below}: a probability from 0 to 1 is needed")


def judge(
    pairs: Sequence[Pair],
    scorer: PairScorer,
    *,
    review_below: float = REVIEW_BELOW,
    least: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[list[Judgement], int]:
    """Return one judgement per pair, in order, and how many model inputs had to be cut to fit.

    Every pair is read in both orders, so swapping its sides changes nothing. ``needs_review`` is set
    when the winning probability is under ``review_below``, when the two readings of a symmetric model
    name different labels (of a directional one they may, as entailment often holds one way only), or, with
    ``least`` (of :func:`stance.classifier.conformal_least`), when not exactly one label has that probability.

    Raises:
        ValueError: ``review_below`` is no probability.
    """
    check_review_below(review_below)
    if not pairs:
        return [], 0
    texts = [(pair.a.text, pair.b.text) for pair in pairs]
    scores = scorer.probabilities(both_readings(texts), progress=progress)
    forward, backward = scores.probabilities[: len(pairs)], scores.probabilities[len(pairs) :]
    combined = combine_orders(forward, backward, symmetric=scorer.symmetric)
    final = apply_denials(combined, [int(p.a.denies) + int(p.b.denies) for p in pairs])
    alone = np.ones(len(pairs), dtype=np.bool_) if least is None else (final >= least).sum(axis=1) == 1
    disagree = forward.argmax(axis=1) != backward.argmax(axis=1)
    judgements = []
    for pair, row, torn, single in zip(pairs, final, disagree, alone, strict=True):
        best = int(row.argmax())
        review = bool(row[best] < review_below or (scorer.symmetric and torn) or not single)
        judgements.append(Judgement(pair, LABELS[best], Probabilities(*(float(p) for p in row)), review))
    return judgements, scores.truncated
