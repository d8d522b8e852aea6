"""Runs a transformers model with torch, on the processor or on a GPU. Chooses no engine."""

from __future__ import annotations

import inspect
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from stance.classifier.engine import Batch, Logits
from stance.classifier.machine import has_bfloat16, thread_count
from stance.errors import ModelError
from stance.weights import loading

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

# On the processor 2,048 tokens fill the matrix units and keep padding small (benchmarks/); a GPU wants more.
TOKEN_BUDGET = 2048
GPU_TOKEN_BUDGET = 32768
# Batches a GPU is given ahead of the one whose answer is waited for.
_AHEAD = 2


class TorchEngine:
    """A transformers model as it is: on its own device, in its own number format."""

    def __init__(self, model: PreTrainedModel, *, threads: int | None = None) -> None:
        import torch

        self._model = model.eval()
        self.config: dict[str, Any] = model.config.to_dict()
        self._inputs = frozenset(inspect.signature(model.forward).parameters)
        parameter = next(model.parameters())
        self.device = parameter.device
        self.name = f"torch-{_FORMATS.get(str(parameter.dtype), str(parameter.dtype))}"
        if self.device.type != "cpu":
            self.name += f"-{self.device.type}"
        self.threads = threads or torch.get_num_threads()
        self.budget = TOKEN_BUDGET if self.device.type == "cpu" else GPU_TOKEN_BUDGET
        # Tokens of a batch known to be too many for the device's memory are not tried again.
        self._fits = sys.maxsize

    def logits(self, batches: Iterable[Batch]) -> Iterator[Logits]:
        """Yield the logits of each batch, in order; a batch too large for the GPU is halved and goes on.

        Raises:
            ModelError: one pair alone does not fit into the GPU's memory.
        """
        ahead = 0 if self.device.type == "cpu" else _AHEAD
        waiting: deque[torch.Tensor] = deque()
        for batch in batches:
            waiting.append(self._run(batch))
            if len(waiting) > ahead:
                yield _fetch(waiting.popleft())
        while waiting:
            yield _fetch(waiting.popleft())

    def _run(self, batch: Batch) -> torch.Tensor:
        import torch

        rows, length = batch.ids.shape
        if rows > 1 and rows * length > self._fits:
            return self._halves(batch)
        given = {name: values for name, values in batch.named().items() if name in self._inputs}
        try:
            with torch.inference_mode():
                moved = {name: torch.from_numpy(values).to(self.device) for name, values in given.items()}
                return self._forward(moved)
        except torch.OutOfMemoryError as error:
            if rows == 1:
                raise ModelError(
                    f"the {self.device.type} device has no memory for one pair of {length} tokens: "
                    "free some, or choose the device cpu"
                ) from error
        # Outside of the block above: its error holds on to the tensors that did not fit.
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        self._fits = (rows + 1) // 2 * length
        return self._halves(batch)

    def _halves(self, batch: Batch) -> torch.Tensor:
        import torch

        middle = (len(batch.ids) + 1) // 2
        halves = (slice(None, middle), slice(middle, None))
        return torch.cat([self._run(Batch(batch.ids[h], batch.mask[h], batch.types[h])) for h in halves])

    def _forward(self, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        logits: torch.Tensor = self._model(**inputs).logits
        return logits


_FORMATS = {"torch.float32": "fp32", "torch.bfloat16": "bf16", "torch.float16": "fp16"}


def _fetch(logits: torch.Tensor) -> Logits:
    return np.asarray(logits.float().cpu().numpy(), dtype=np.float32)


def torch_device(wanted: str) -> str:
    """Return the device to run on: ``wanted``, or for ``auto`` a GPU where torch has one, else the cpu.

    Raises:
        ModelError: the wanted device is not here.
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(device for device, here in there.items() if here)
    if not there[wanted]:
        raise ModelError(f"device '{wanted}': torch finds none on this machine: give cpu, or leave it out")
    return wanted


def load_torch(place: str, *, device: str = "auto", threads: int | None = None) -> TorchEngine:
    """Return an engine for a model folder or hub name; safetensors only.

    The number format is bfloat16 where the hardware multiplies it; else float16 on CUDA, float32 elsewhere.

    Raises:
        ModelError: the model cannot be loaded, or the device is not here.
    """
    import torch

    from stance.classifier.network import load_network

    chosen = torch_device(device)
    model = load_network(place)
    count = thread_count(threads)
    if chosen == "cpu" and torch.get_num_threads() != count:
        torch.set_num_threads(count)
    return TorchEngine(model.to(_dtype(chosen)).to(chosen), threads=count)


def load_tokenizer(place: str) -> Any:
    """Return the transformers tokenizer of a folder or hub name.

    Raises:
        ModelError: it cannot be loaded.
    """
    from transformers import AutoTokenizer

    with loading(place, needs="a tokenizer is needed"):
        return AutoTokenizer.from_pretrained(place)


def _dtype(device: str) -> torch.dtype:
    import torch

    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device == "cpu" and has_bfloat16():
        return torch.bfloat16
    return torch.float32
