"""Temperature scaling and conformal label sets: what a probability means, and when a person should look.

Neither changes a verdict. Methods: Guo et al. 2017, "On Calibration of Modern Neural Networks"; Vovk et al.
2005, "Algorithmic Learning in a Random World" (split-conformal sets, there called inductive).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def softmax(logits: Array, temperature: float = 1.0) -> Array:
    """Return row-wise softmax of ``logits / temperature``; shape (n, labels), rows sum to 1."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True, initial=-np.inf) if scaled.size else 0.0
    powers = np.exp(scaled)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_temperature(logits: Array, gold: Sequence[int], *, swapped: Array | None = None) -> float:
    """Return the temperature in [0.05, 20] that minimises the negative log-likelihood of ``gold``.

    ``logits`` has shape (n, labels); ``gold`` holds n column indices. With ``swapped``, the logits of the
    same pairs read the other way, it is fitted for the average of both readings. Raises ValueError on no
    rows.
    """
    from scipy.optimize import minimize_scalar

    rows = np.asarray(gold)
    if len(rows) == 0:
        raise ValueError("no rows to calibrate on: give at least one labelled pair")

    def loss(log_temperature: float) -> float:
        temperature = float(np.exp(log_temperature))
        p = softmax(logits, temperature)
        if swapped is not None:
            p = (p + softmax(swapped, temperature)) / 2
        return float(-np.log(p[np.arange(len(rows)), rows] + 1e-12).mean())

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(found.x))


def conformal_least(probabilities: Array, gold: Sequence[int], *, coverage: float) -> float:
    """Return the least probability that a label must have to stand in a pair's set of labels.

    Split-conformal: on new pairs like these, the set of all labels of at least this probability holds the
    right one in at least ``coverage`` of cases, whatever the model. ``probabilities`` has shape (n, labels),
    ``gold`` holds n columns; they must not have trained the model. 0 where n is too small for any promise.

    Raises ValueError unless ``coverage`` is between 0 and 1.
    """
    if not 0.0 < coverage < 1.0:
        raise ValueError(f"coverage is {coverage}: it must be between 0 and 1")
    rows = np.asarray(gold, dtype=np.intp)
    strange = np.sort(1.0 - probabilities[np.arange(len(rows)), rows])
    rank = math.ceil((len(rows) + 1) * coverage)
    return float(1.0 - strange[rank - 1]) if rank <= len(rows) else 0.0
