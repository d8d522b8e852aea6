"""What runs a model: batches of token ids go in, raw logits come out. Knows no texts and no labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Logits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs of one call, each of shape (n, length), padded on the right; ``mask`` is 1 on real tokens."""

    ids: Ids
    mask: Ids
    types: Ids

    def named(self) -> dict[str, Ids]:
        """Return the arrays by the names that models give their inputs."""
        return {"input_ids": self.ids, "attention_mask": self.mask, "token_type_ids": self.types}


class Engine(Protocol):
    """A model on one kind of hardware.

    Attributes:
        name: the library and the number format, such as ``openvino-fp32``.
        threads: processor threads it uses.
        budget: tokens of a batch, padding included, that suit it.
    """

    name: str
    threads: int
    budget: int

    def logits(self, batches: Iterable[Batch]) -> Iterator[Logits]:
        """Yield the logits of each batch, shape (n, labels), in order; batches are taken as needed."""
        ...
