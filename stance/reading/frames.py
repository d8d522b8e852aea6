"""Turns a pandas.DataFrame or a datasets.Dataset into a table. Imports neither: who has one has loaded it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from stance.reading.result import Refusal, listed
from stance.reading.rows import Row, Table, table

if TYPE_CHECKING:
    import pandas as pd
    from datasets import Dataset


def is_frame(source: object) -> TypeGuard[pd.DataFrame]:
    """Say whether ``source`` is a pandas.DataFrame."""
    return _is_a(source, "pandas", "DataFrame")


def is_dataset(source: object) -> TypeGuard[Dataset]:
    """Say whether ``source`` is a datasets.Dataset or IterableDataset.

    Raises TypeError for a dict of splits, which could be meant in several ways.
    """
    if _is_a(source, "datasets", "DatasetDict") or _is_a(source, "datasets", "IterableDatasetDict"):
        splits: Any = source
        raise TypeError(f"a {type(source).__name__} of {listed(splits)}: give one of its splits")
    return _is_a(source, "datasets", "Dataset") or _is_a(source, "datasets", "IterableDataset")


def frame_table(frame: pd.DataFrame) -> Table | Refusal:
    """Return the rows of ``frame`` by position, from 1; its index is not looked at."""
    columns = [str(column) for column in frame.columns]
    found = frame.itertuples(index=False, name=None)
    rows = [
        Row(f"DataFrame: row {number}", number, dict(zip(columns, cells, strict=True)))
        for number, cells in enumerate(found, start=1)
    ]
    return table("DataFrame", "DataFrame", columns, rows)


def dataset_table(dataset: Dataset) -> Table | Refusal:
    """Return the rows of ``dataset`` from 1, as plain Python values whatever its format is set to."""
    plain = dataset.with_format(None)
    rows = [Row(f"Dataset: row {number}", number, cells) for number, cells in enumerate(plain, start=1)]
    features = dataset.features or {}  # a streamed dataset may not know its features
    columns = tuple(features) or tuple(dict.fromkeys(name for row in rows for name in row.cells))
    class_names = {
        name: tuple(feature.names)
        for name, feature in features.items()
        if _is_a(feature, "datasets", "ClassLabel")
    }
    return table("Dataset", "Dataset", columns, rows, class_names=class_names)


def _is_a(value: object, package: str, name: str) -> bool:
    return any(
        kind.__name__ == name and kind.__module__.partition(".")[0] == package for kind in type(value).__mro__
    )
