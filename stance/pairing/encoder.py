"""Static sentence embeddings: the mean of a text's token vectors from one table. Ranks nothing; no torch.

The table is distilled from a sentence encoder (model2vec, Tulkens and van Dongen 2024) and kept as int8 with
a scale for each row; its folder is one that model2vec reads as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stance.errors import ModelError
from stance.weights import RETRIEVAL_MODEL, find_model

# Components of unit vectors are held as whole numbers of this size. Products of two such vectors stay below
# 2 ** 24, so that float32 sums them exactly, whatever the order, the block or the machine.
GRID = 4000
_TEXTS = 8192

Grid = NDArray[np.int16]


class StaticEncoder:
    """Texts to unit vectors on the grid of :data:`GRID`."""

    def __init__(self, folder: str | Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        place = Path(folder)
        try:
            self._tokenizer = Tokenizer.from_str((place / "tokenizer.json").read_text(encoding="utf-8"))
            held = load_file(place / "model.safetensors")
            self._table, self._scale = held["embeddings"], held["weights"].astype(np.float64)
        # Both packages have errors of their own, tokenizers the bare Exception.
        except Exception as error:
            reason = f"no {error}" if isinstance(error, KeyError) else error
            raise ModelError(
                f"{place}: cannot be read as a retrieval model ({reason}): reinstall stance-nli"
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def __call__(self, texts: Sequence[str]) -> Grid:
        """Return one vector a text, shape (n, d), each component times ``GRID``; zeros without tokens."""
        vectors = np.zeros((len(texts), self._table.shape[1]), dtype=np.int16)
        for first in range(0, len(texts), _TEXTS):
            vectors[first : first + _TEXTS] = self._encode(texts[first : first + _TEXTS])
        return vectors

    def _encode(self, texts: Sequence[str]) -> Grid:
        from scipy.sparse import csr_matrix

        ids = [e.ids for e in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]
        ends = np.cumsum([0, *map(len, ids)])
        tokens, column = np.unique(np.fromiter(chain.from_iterable(ids), np.intp), return_inverse=True)
        # Summed text by text and token by token: the same sum whatever texts are beside it.
        bags = csr_matrix((self._scale[tokens][column], column, ends), shape=(len(texts), len(tokens)))
        sums = np.asarray(bags @ self._table[tokens].astype(np.float64))
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.rint(sums / np.where(norms > 0, norms, 1.0) * GRID).astype(np.int16)


@lru_cache(maxsize=1)
def shipped_encoder() -> StaticEncoder:
    """Return the encoder that is shipped.

    Raises:
        ModelError: it is missing or damaged.
    """
    return StaticEncoder(find_model(None, default=RETRIEVAL_MODEL))
