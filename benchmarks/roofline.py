"""How fast this machine multiplies matrices in each number format, and how near to that the model comes.

The limit is measured with a chain of matrix products of the model's own feed-forward sizes, compiled by the
same library. Two shares are given: of the products that are done (the last layer does only what the logits
need), and of those a plain forward pass would do, which may exceed 100 %. About a minute::

    python benchmarks/roofline.py [--model DIR] [--tokens N] [--pairs N] [--threads N] [--clock cpu]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from stance.classifier import StanceClassifier  # noqa: E402
from stance.classifier.engine import Batch  # noqa: E402
from stance.classifier.machine import has_bfloat16, thread_count  # noqa: E402

# Rows of the measured products: tokens of one batch.
ROWS = 1024
CHAIN = 6


def products(config: dict[str, Any], tokens: int, *, whole: bool) -> int:
    """Multiply-adds of one pair of ``tokens`` tokens; ``whole``: every layer for every token.

    A layer takes 4 h^2 for queries, keys, values and output, 2 h i for its feed-forward part and 2 n h for
    attention, each for every token.
    """
    h, i, n = config["hidden_size"], config["intermediate_size"], tokens
    layer = n * (4 * h * h + 2 * h * i + 2 * n * h)
    # Of the last layer: keys and values for every token, the rest for the first one.
    last = layer if whole else n * 2 * h * h + (2 * h * h + 2 * h * i) + 2 * n * h
    return (config["num_hidden_layers"] - 1) * layer + last + h * h


def chain(config: dict[str, Any], form: str, threads: int) -> tuple[Callable[[], object], int]:
    """A run of matrix products in one number format, and the multiply-adds of a run."""
    import openvino as ov
    from openvino import opset13 as ops

    draw = np.random.default_rng(0)
    h, i = config["hidden_size"], config["intermediate_size"]
    given = ops.parameter([threads * ROWS, h], np.float32, name="x")
    x = given
    for number in range(CHAIN):
        shape = (i, h) if number % 2 == 0 else (h, i)
        weights = ops.constant(draw.standard_normal(shape).astype(np.float32) / 64)
        if form == "int8":
            x = rounded(ops, x, 256, 4.0)
            weights = rounded(ops, weights, 255, 0.1)
        x = ops.matmul(x, weights, transpose_a=False, transpose_b=True)
    hint = "bf16" if form == "bf16" else "f32"
    compiled = ov.Core().compile_model(
        ov.Model([ops.result(x)], [given], "chain"),
        "CPU",
        {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": hint},
    )
    request = compiled.create_infer_request()
    values = draw.standard_normal((threads * ROWS, h)).astype(np.float32)
    return lambda: request.infer({0: values}), CHAIN * threads * ROWS * h * i


def rounded(ops: Any, x: Any, levels: int, bound: float) -> Any:
    low, high = (np.float32(sign * bound) for sign in (-1, 1))
    return ops.fake_quantize(x, low, high, low, high, levels)


def model_run(
    model: str, engine: str, tokens: int, pairs: int, threads: int
) -> tuple[str, Callable[[], object], int]:
    """The engine's name, a run of it over pairs of exactly ``tokens`` tokens, and how many those are."""
    classifier = StanceClassifier.load(model, engine=engine, device="cpu", threads=threads)
    runner = classifier._engine  # the texts' part is not measured here
    size = max(1, runner.budget // tokens)
    ids = np.random.default_rng(0).integers(1000, 2000, (size, tokens))
    batch = Batch(ids, np.ones_like(ids), np.zeros_like(ids))
    count = max(threads, round(pairs / size))
    return classifier.engine, lambda: list(runner.logits([batch] * count)), count * size


def rate(run: Callable[[], object], clock: Callable[[], float], repeats: int) -> list[float]:
    """Runs per second of each repeat, after one to warm up."""
    run()
    speeds = []
    for _ in range(repeats):
        start = clock()
        run()
        speeds.append(1 / (clock() - start))
    return speeds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=str(ROOT / "models" / "small"))
    parser.add_argument("--tokens", type=int, default=45)
    parser.add_argument("--pairs", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=thread_count())
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--int8", action="store_true", help="also the 8-bit model (made on first use)")
    arguments = parser.parse_args()
    clock = time.perf_counter if arguments.clock == "wall" else time.process_time
    config = json.loads((Path(arguments.model) / "config.json").read_text(encoding="utf-8"))
    threads = arguments.threads
    limits: dict[str, float] = {}
    print(
        f"{threads} threads, {arguments.clock} clock\n\n| matrices | billion multiply-adds/s | times fp32 |"
    )
    print("|---|---|---|")
    for form in ("fp32", *(["bf16"] if has_bfloat16() else []), "int8"):
        run, size = chain(config, form, threads)
        # The best of the repeats: a limit is what the machine can do.
        limits[form] = max(rate(run, clock, arguments.repeats)) * size
        print(f"| {form} | {limits[form] / 1e9:.1f} | {limits[form] / limits['fp32']:.2f} |", flush=True)
    done, whole = (products(config, arguments.tokens, whole=w) for w in (False, True))
    print(
        f"\nA pair of {arguments.tokens} tokens: {whole / 1e6:.0f} M multiply-adds, {done / 1e6:.0f} M done\n"
    )
    print("| engine | pairs/s | share of the limit, done | as a plain pass |\n|---|---|---|---|")
    for wanted in ("torch", "openvino", *(["openvino-int8"] if arguments.int8 else [])):
        name, run, count = model_run(arguments.model, wanted, arguments.tokens, arguments.pairs, threads)
        pairs = statistics.median(rate(run, clock, arguments.repeats)) * count
        limit = limits[name.split("-")[1]]
        mine = whole if wanted == "torch" else done
        print(
            f"| {name} | {pairs:.1f} | {pairs * mine / limit:.0%} | {pairs * whole / limit:.0%} |", flush=True
        )


if __name__ == "__main__":
    main()
