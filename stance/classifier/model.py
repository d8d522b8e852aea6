"""StanceClassifier: a fine-tuned sequence-pair transformer as a plain function of texts.

It knows nothing of statements, parties or verdicts; `stance.judging` decides from what it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stance.classifier.batching import token_batches
from stance.classifier.calibration import softmax
from stance.classifier.labels import label_columns
from stance.errors import ModelError
from stance.records import LABELS
from stance.weights import STANCE_MODEL, find_model, model_hash

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# On 2 cores 2,048 tokens fill the matrix units and keep padding small; measured in benchmarks/.
TOKEN_BUDGET = 2048

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities, shape (n, 3) in the order of ``LABELS``, and how many inputs were cut to fit."""

    probabilities: NDArray[np.float64]
    truncated: int = 0


class StanceClassifier:
    """A three-label pair classifier; make one with :meth:`load`.

    Attributes:
        name: the folder or hub name it came from.
        hash: short hash of config, tokenizer and weights.
        symmetric: True when the model was trained on labels that don't depend on the order of the two
            texts, False for a directional NLI model; ``"stance": {"symmetric": ...}`` in ``config.json``.
        temperature: divides the logits before the softmax; from the same place.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        name: str = "model",
        fingerprint: str = "memory",
    ) -> None:
        config = model.config
        self.name = name
        self.hash = fingerprint
        self._columns = label_columns(config.id2label, name)
        notes: dict[str, Any] = getattr(config, "stance", None) or {}
        self.symmetric = bool(notes.get("symmetric", False))
        self.temperature = float(notes.get("temperature", 1.0))
        if self.temperature <= 0:
            raise ModelError(f"{name}: temperature {self.temperature} in config.json: it must be above 0")
        self._model = model.eval()
        self._tokenizer = tokenizer
        self.max_length = int(
            min(getattr(config, "max_position_embeddings", 512), tokenizer.model_max_length)
        )

    @classmethod
    def load(cls, name: str | Path | None = None) -> StanceClassifier:
        """Load the shipped model (None), a folder, or a hub model by name; safetensors only.

        Raises:
            ModelError: nothing there, no safetensors, or label names that stance does not understand.
        """
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
        from transformers.utils import logging

        place = find_model(name, default=STANCE_MODEL)
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        try:
            import torch

            model = AutoModelForSequenceClassification.from_pretrained(
                place, use_safetensors=True, dtype=torch.float32
            )
            tokenizer = AutoTokenizer.from_pretrained(place)
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ModelError(
                f"cannot load '{place}': {reason} "
                "(stance needs config.json, a tokenizer and .safetensors weights)"
            ) from error
        return cls(model, tokenizer, name=Path(place).name or place, fingerprint=model_hash(place))

    def logits(
        self, pairs: Sequence[tuple[str, str]], *, progress: Progress | None = None
    ) -> tuple[NDArray[np.float64], int]:
        """Return raw logits, shape (n, 3) in the order of ``LABELS``, and the number of cut inputs.

        Identical pairs are run once. ``progress`` is called with the number of rows just done.
        """
        unique = list(dict.fromkeys(pairs))
        place = {pair: i for i, pair in enumerate(unique)}
        rows, truncated = self._encode(unique)
        output = np.zeros((len(unique), len(LABELS)))
        for batch in token_batches([len(r["input_ids"]) for r in rows], TOKEN_BUDGET):
            output[batch] = self._forward([rows[i] for i in batch])
            if progress:
                progress(len(batch))
        index = [place[pair] for pair in pairs]
        return output[index], sum(truncated[i] for i in index)

    def probabilities(self, pairs: Sequence[tuple[str, str]], *, progress: Progress | None = None) -> Scores:
        """Return calibrated probabilities of each (first, second) text, read in that order only."""
        logits, truncated = self.logits(pairs, progress=progress)
        return Scores(softmax(logits, self.temperature), truncated)

    def _encode(self, pairs: Sequence[tuple[str, str]]) -> tuple[list[dict[str, list[int]]], list[bool]]:
        if not pairs:
            return [], []
        first, second = [a for a, _ in pairs], [b for _, b in pairs]
        encoded = self._tokenizer(first, second, truncation=True, max_length=self.max_length, verbose=False)
        rows = [{key: encoded[key][i] for key in encoded} for i in range(len(pairs))]
        # Only inputs at the limit can have been cut; those are measured again without it.
        truncated = [False] * len(pairs)
        for i, row in enumerate(rows):
            if len(row["input_ids"]) >= self.max_length:
                whole = self._tokenizer(first[i], second[i], verbose=False)["input_ids"]
                truncated[i] = len(whole) > self.max_length
        return rows, truncated

    def _forward(self, rows: Sequence[dict[str, list[int]]]) -> NDArray[np.float64]:
        import torch

        batch = self._tokenizer.pad(list(rows), return_tensors="pt")
        with torch.inference_mode():
            logits = self._model(**batch).logits
        return np.asarray(logits[:, self._columns].numpy(), dtype=np.float64)
