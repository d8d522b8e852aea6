"""A bi-encoder that costs nothing: static sentence vectors from the word embeddings of the shipped model.

Each text is encoded alone, as the mean of its tokens' input embeddings, rarer tokens weighing more; no
transformer runs. It serves as a floor only: it knows topics, not what is claimed about them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from stance.errors import ModelError
from stance.evaluation.arrays import FloatArray
from stance.weights import find_model

# Its word embeddings stand whole in one file, in half precision.
SMALL = "small"
# Where the models that we ship keep their input embeddings.
_TABLES = ("word_embeddings.weight", "embed_tokens.weight")


class StaticEncoder:
    """Texts to vectors of unit length. The weighting by rank is model2vec's (Tulkens & van Dongen 2024).

    A vocabulary in order of frequency gives a token of rank r the weight log(1 + r), a stand-in for its
    inverse frequency (Zipf's law).
    """

    def __init__(self, folder: str | Path) -> None:
        from safetensors import SafetensorError, safe_open
        from tokenizers import Tokenizer

        place = Path(folder)
        try:
            self._tokenizer = Tokenizer.from_str((place / "tokenizer.json").read_text(encoding="utf-8"))
            with safe_open(str(place / "model.safetensors"), framework="np") as weights:
                names = [name for name in weights.keys() if name.endswith(_TABLES)]  # noqa: SIM118
                if not names:
                    raise ModelError(f"{place}: no word embeddings in model.safetensors: give another model")
                self._table = weights.get_tensor(names[0])
        except (OSError, SafetensorError, ValueError) as error:
            raise ModelError(f"{place}: cannot be read as a static encoder ({error})") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def __call__(self, texts: Sequence[str]) -> FloatArray:
        """Return one vector a text, shape (n, d), of unit length; a text without tokens is all zeros."""
        vectors = np.zeros((len(texts), self._table.shape[1]))
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        for row, encoding in zip(vectors, encodings, strict=True):
            ids = np.array(encoding.ids, dtype=np.intp)
            if len(ids):
                row[:] = np.log1p(ids) @ self._table[ids].astype(np.float64)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(norms > 0, norms, 1.0), dtype=np.float64)


@lru_cache(maxsize=1)
def shipped_encoder() -> StaticEncoder:
    """Return the static encoder of the shipped stance model.

    Raises:
        ModelError: it is missing or damaged.
    """
    return StaticEncoder(find_model(None, default=SMALL))
