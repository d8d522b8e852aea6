"""Labels, probabilities and cluster ids as checked arrays. Computes no metric."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stance.records import LABELS, Label

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SUM_TOLERANCE = 1e-3  # float16 probabilities of three labels stray from 1 by less than this

_COLUMN = {label: column for column, label in enumerate(LABELS)}


def label_indices(labels: Sequence[Label], what: str = "gold", *, n: int | None = None) -> IntArray:
    """Return the column of each label, shape (n,), in the order of ``LABELS``.

    Raises:
        ValueError: for no labels at all, a value that is not one of ``LABELS`` (a missing one too), or a
            length other than ``n``. ``what`` names the argument in the message.
    """
    if len(labels) == 0:
        raise ValueError(f"{what} is empty; needed at least one labelled pair")
    if n is not None and len(labels) != n:
        raise ValueError(f"{what} has {len(labels)} labels; needed {n}, one a pair")
    columns = np.empty(len(labels), dtype=np.int64)
    for row, label in enumerate(labels):
        column = _COLUMN.get(label)
        if column is None:
            raise ValueError(f"{what}[{row}] is {label!r}; needed one of {', '.join(LABELS)}")
        columns[row] = column
    return columns


def check_probabilities(
    probabilities: npt.ArrayLike, n: int | None = None, *, what: str = "probabilities"
) -> FloatArray:
    """Return probabilities as a float64 copy of shape (n, 3) whose rows sum to 1 exactly.

    Raises:
        ValueError: for another shape, NaN or infinity, a negative value, or a row whose sum is further than
            ``SUM_TOLERANCE`` from 1; the message names the first bad row.
    """
    array = np.array(probabilities, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != len(LABELS) or (n is not None and len(array) != n):  # noqa: PLR2004
        needed = f"({'n' if n is None else n}, {len(LABELS)})"
        raise ValueError(f"{what} has shape {array.shape}; needed {needed}, columns {', '.join(LABELS)}")
    sums = array.sum(axis=1)
    for bad, problem in (
        (~np.isfinite(array).all(axis=1), "a value that is not a finite number"),
        ((array < 0).any(axis=1), "a negative value"),
        (np.abs(sums - 1.0) > SUM_TOLERANCE, "a sum other than 1"),
    ):
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise ValueError(
                f"{what} row {row} has {problem}: {array[row].tolist()}"
                f" ({int(bad.sum())} such rows); needed three probabilities that sum to 1"
            )
    return np.asarray(array / sums[:, None], dtype=np.float64)


def top_labels(probabilities: npt.ArrayLike) -> list[Label]:
    """Return the label of highest probability per row; of equal ones the first in ``LABELS`` order.

    Raises:
        ValueError: as :func:`check_probabilities`.
    """
    return [LABELS[column] for column in check_probabilities(probabilities).argmax(axis=1)]


def verdict_indices(
    probabilities: FloatArray, predicted: Sequence[Label] | None, *, what: str = "predicted"
) -> IntArray:
    """Return the columns of ``predicted``, or of the highest probability where it is None, shape (n,)."""
    if predicted is None:
        return np.asarray(probabilities.argmax(axis=1), dtype=np.int64)
    return label_indices(predicted, what, n=len(probabilities))


def cluster_indices(clusters: Sequence[str | None], n: int) -> IntArray:
    """Return cluster ids as integers 0..k-1, shape (n,); a row without id (None or "") is its own cluster.

    Raises:
        ValueError: when there are not ``n`` ids.
    """
    if len(clusters) != n:
        raise ValueError(f"clusters has {len(clusters)} ids; needed {n}, one a pair")
    numbers: dict[object, int] = {}
    keys = (cluster or (row,) for row, cluster in enumerate(clusters))
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
