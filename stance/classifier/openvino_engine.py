"""Runs a model graph with OpenVINO on the processor. Imports neither torch nor transformers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from stance.classifier.engine import Batch, Logits
from stance.classifier.machine import has_bfloat16, thread_count

if TYPE_CHECKING:
    from openvino import InferRequest, Model

TOKEN_BUDGET = 1024


class OpenVINOEngine:
    """A compiled graph with inputs named as transformers names them and the logits as first output.

    Each thread runs a batch of its own: at these sizes that keeps cores busier than sharing one batch.
    """

    def __init__(self, graph: Model, *, threads: int | None = None) -> None:
        import openvino as ov

        self.threads = thread_count(threads)
        self.budget = TOKEN_BUDGET
        narrow = has_bfloat16()
        self.name = "openvino-" + ("int8" if is_quantised(graph) else "bf16" if narrow else "fp32")
        self._inputs = {port.any_name for port in graph.inputs}
        self._compiled = ov.Core().compile_model(
            graph,
            "CPU",
            {
                "NUM_STREAMS": self.threads,
                "INFERENCE_NUM_THREADS": self.threads,
                "INFERENCE_PRECISION_HINT": "bf16" if narrow else "f32",
                # Several workers on one machine would pin themselves to the same cores.
                "ENABLE_CPU_PINNING": False,
            },
        )

    def logits(self, batches: Iterable[Batch]) -> Iterator[Logits]:
        """Yield the logits of each batch, in order; as many run at once as there are threads."""
        # Requests belong to this call: two calls at once from different threads do not meet.
        idle: list[InferRequest] = []
        running: deque[InferRequest] = deque()
        try:
            for batch in batches:
                if len(running) == self.threads:
                    idle.append(running.popleft())
                    yield _fetch(idle[-1])
                request = idle.pop() if idle else self._compiled.create_infer_request()
                given = {name: values for name, values in batch.named().items() if name in self._inputs}
                request.start_async(given)
                running.append(request)
            while running:
                yield _fetch(running.popleft())
        finally:
            for request in running:
                request.wait()


def is_quantised(graph: Model) -> bool:
    """Return whether a graph was quantised after training: its activations are rounded to 8 bits."""
    return any(node.get_type_name() == "FakeQuantize" for node in graph.get_ops())


def _fetch(request: InferRequest) -> Logits:
    request.wait()
    return np.array(request.get_output_tensor(0).data, dtype=np.float32)
