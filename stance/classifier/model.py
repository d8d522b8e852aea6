"""StanceClassifier: a fine-tuned sequence-pair transformer as a plain function of texts.

It knows nothing of statements, parties or verdicts; `stance.judging` decides from what it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stance.classifier.batching import token_batches
from stance.classifier.calibration import softmax
from stance.classifier.choosing import Wanted, load_parts
from stance.classifier.engine import Engine
from stance.classifier.labels import label_columns
from stance.classifier.tokens import Encoded, PairTokenizer, tokenizer_from_transformers
from stance.errors import ModelError
from stance.records import LABELS
from stance.weights import STANCE_MODEL, find_model, model_hash

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# Readings that are tokenised and sorted by length at a time: bounds the memory; far more than near-equal
# lengths need.
WINDOW = 65_536
# Below this many tokens a batch is not divided among threads.
_SMALLEST_SHARE = 256

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
        engine: what runs it, such as ``openvino-fp32``.
        engine_note: why that is not the faster one; empty when it is.
        threads: processor threads it uses.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        name: str = "model",
        fingerprint: str = "memory",
    ) -> None:
        from stance.classifier.torch_engine import TorchEngine

        engine = TorchEngine(model)
        pairs = tokenizer_from_transformers(tokenizer, engine.config, name)
        self._set_up(engine, pairs, engine.config, name=name, fingerprint=fingerprint)

    def _set_up(
        self,
        engine: Engine,
        tokenizer: PairTokenizer,
        config: Mapping[str, Any],
        *,
        name: str,
        fingerprint: str,
    ) -> None:
        self.name = name
        self.hash = fingerprint
        self._columns = label_columns(config.get("id2label") or {}, name)
        notes: dict[str, Any] = config.get("stance") or {}
        self.symmetric = bool(notes.get("symmetric", False))
        self.temperature = float(notes.get("temperature", 1.0))
        if self.temperature <= 0:
            raise ModelError(f"{name}: temperature {self.temperature} in config.json: it must be above 0")
        promised: Mapping[str, Any] = notes.get("conformal") or {}
        self.least = float(promised["least"]) if "least" in promised else None
        if self.least is not None and not 0.0 <= self.least <= 1.0:
            raise ModelError(f"{name}: conformal least {self.least} in config.json: it must be from 0 to 1")
        self._engine = engine
        self._tokenizer = tokenizer
        self.engine = engine.name
        self.engine_note = ""
        self.threads = engine.threads
        self.max_length = tokenizer.max_length
        self._tokens = self._padded = 0

    @classmethod
    def load(
        cls,
        name: str | Path | None = None,
        *,
        engine: str = "auto",
        device: str = "auto",
        threads: int | None = None,
        say: Callable[[str], None] | None = None,
    ) -> StanceClassifier:
        """Load the shipped model (None), a folder, or a hub model by name; safetensors only.

        ``engine`` is ``auto``, ``torch``, ``openvino`` or ``openvino-int8``; ``device`` ``auto``, ``cpu``,
        ``cuda`` or ``mps``; ``threads`` defaults to ``OMP_NUM_THREADS`` or the cores granted. ``say`` is told
        of work done on first use only.

        Raises:
            ModelError: nothing there, no safetensors, or label names that stance does not understand.
            OptionalDependencyError: the engine asked for is not installed.
            ValueError: an engine, device or number of threads that there is none of.
        """
        wanted = Wanted(engine, device, threads)
        place = find_model(name, default=STANCE_MODEL)
        fingerprint = model_hash(place)
        parts = load_parts(place, wanted, fingerprint=fingerprint, say=say)
        self = cls.__new__(cls)
        self._set_up(
            parts.engine,
            parts.tokenizer,
            parts.config,
            name=Path(place).name or place,
            fingerprint=fingerprint,
        )
        self.engine_note = parts.note
        return self

    @property
    def padding(self) -> float:
        """The share of padding among the tokens run so far, 0 to 1."""
        return self._padded / self._tokens if self._tokens else 0.0

    def logits(
        self, pairs: Sequence[tuple[str, str]], *, progress: Progress | None = None
    ) -> tuple[NDArray[np.float64], int]:
        """Return raw logits, shape (n, 3) in the order of ``LABELS``, and the number of cut inputs.

        Identical pairs are run once. ``progress`` is called with the number of rows just done.
        """
        unique = list(dict.fromkeys(pairs))
        output = np.zeros((len(unique), len(LABELS)))
        cut = np.zeros(len(unique), dtype=np.bool_)
        for start in range(0, len(unique), WINDOW):
            encoded = self._tokenizer.encode(unique[start : start + WINDOW])
            cut[start : start + WINDOW] = encoded.cut
            self._run(encoded, output[start : start + WINDOW], progress)
        if len(unique) == len(pairs):
            return output, int(cut.sum())
        place = {pair: i for i, pair in enumerate(unique)}
        index = [place[pair] for pair in pairs]
        return output[index], int(cut[index].sum())

    def probabilities(self, pairs: Sequence[tuple[str, str]], *, progress: Progress | None = None) -> Scores:
        """Return calibrated probabilities of each (first, second) text, read in that order only."""
        logits, truncated = self.logits(pairs, progress=progress)
        return Scores(softmax(logits, self.temperature), truncated)

    def _run(self, encoded: Encoded, output: NDArray[np.float64], progress: Progress | None) -> None:
        """Fill ``output`` with the logits of the encoded rows, batch by batch."""
        lengths = encoded.lengths.tolist()
        # A short job is dealt out to all threads instead of filling one batch.
        share = max(_SMALLEST_SHARE, -(-sum(lengths) // self._engine.threads))
        batches = token_batches(lengths, min(self._engine.budget, share))
        answers = self._engine.logits(encoded.batch(rows) for rows in batches)
        for rows, logits in zip(batches, answers, strict=True):
            output[rows] = logits[:, self._columns]
            area = max(lengths[row] for row in rows) * len(rows)
            self._tokens += area
            self._padded += area - sum(lengths[row] for row in rows)
            if progress:
                progress(len(rows))
