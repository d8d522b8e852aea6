"""How close two statements are in words and sense: the sum of two cosines. Chooses nothing.

One is of TF-IDF over words, which keeps names and numbers heavy; the other of static embeddings, which knows
that "killed" is near "died". ``docs/retrieval.md`` has what this sum, rank fusion and others find.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stance.pairing.encoder import GRID, Grid, shipped_encoder

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Encoder = Callable[[Sequence[str]], Grid]
Indices = NDArray[np.intp]


class Closeness:
    """The closeness of any of ``texts`` to any other, from 0 (nothing in common) to 2 (the same)."""

    def __init__(self, texts: Sequence[str], encoder: Encoder | None = None) -> None:
        self._words = _words(texts)
        self._vectors = (encoder or shipped_encoder())(texts)

    def towards(self, columns: Indices) -> Callable[[Indices], NDArray[np.float64]]:
        """Return what gives the closeness of rows to these columns, shape (rows, columns).

        It is the same number in whatever block it is asked for: integer products are exact, and sparse
        ones are summed in the order of the words.
        """
        words = self._words[columns].T
        vectors = self._vectors[columns].astype(np.float32).T

        def of(rows: Indices) -> NDArray[np.float64]:
            near = (self._vectors[rows].astype(np.float32) @ vectors).astype(np.float64)
            near /= GRID**2
            np.maximum(near, 0, out=near)
            near += (self._words[rows] @ words).toarray()
            return near

        return of


def _words(texts: Sequence[str]) -> csr_matrix:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(sublinear_tf=True, stop_words="english", token_pattern=r"\b\w+\b")
    # scikit-learn refuses a vocabulary without words, as "They will not do that" leaves it.
    if not any(map(words.build_analyzer(), texts)):
        return csr_matrix((len(texts), 1))
    matrix: csr_matrix = words.fit_transform(texts).tocsr()
    return matrix
