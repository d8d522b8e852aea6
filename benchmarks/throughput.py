"""Pairs per second of stance and of the other ways to run the same weights, as ratios from one run.

Every contender reads the same pairs with the same number of threads; repeats are interleaved, so that a
machine that slows down slows all of them. Medians are printed with their range, and how many verdicts equal
those of CrossEncoder. About three minutes on two cores::

    python benchmarks/throughput.py [--model DIR] [--pairs N] [--repeats N] [--threads N] [--clock cpu]

Needs sentence-transformers for the comparison with it; without, those rows are left out. ``--clock cpu``
counts processor time instead of the clock on the wall: on a shared machine its ratios at one thread hold.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from stance.classifier import StanceClassifier  # noqa: E402
from stance.classifier.machine import thread_count  # noqa: E402
from stance.judging import both_readings  # noqa: E402

Pairs = list[tuple[str, str]]
Contender = Callable[[Pairs], np.ndarray]

LENGTHS = {"short": 20, "news": 45, "long": 120}
# In the mix each statement stands in this many pairs; every pair is read in both orders.
REPEATED = 10
DEFAULTS = "CrossEncoder, defaults"


def statements(seed: int) -> list[str]:
    """Statements of our own development pairs, shuffled."""
    rows = map(json.loads, (ROOT / "data" / "pairs" / "dev.jsonl").read_text(encoding="utf-8").splitlines())
    texts = sorted({row[side] for row in rows for side in "ab"})
    random.Random(seed).shuffle(texts)
    return texts


def text_of(words: int, pool: list[str], draw: random.Random) -> str:
    """Running words of the pool, about ``words`` of them: lengths of real text vary by a third."""
    wanted = max(2, round(words * draw.uniform(2 / 3, 4 / 3)))
    found: list[str] = []
    while len(found) < wanted:
        found += draw.choice(pool).split()
    return " ".join(found[:wanted])


def pairs_of_length(tokens: int, n: int, seed: int = 0) -> Pairs:
    """``n`` pairs of about ``tokens`` tokens each, special tokens included."""
    pool, draw = statements(seed), random.Random(seed)
    # 1.25 tokens a word in these texts, three of a pair are special.
    words = round((tokens - 3) / 1.25 / 2)
    return [(text_of(words, pool, draw), text_of(words, pool, draw)) for _ in range(n)]


def mixed(n: int, seed: int = 0) -> Pairs:
    """Both readings of about ``n`` pairs: every real statement of one side with every one of the other.

    No pair occurs twice; each statement stands in ``REPEATED`` pairs or more.
    """
    side = max(REPEATED, round(n**0.5))
    pool = statements(seed)
    return both_readings([(a, b) for a in pool[:side] for b in pool[side : 2 * side]])


def contenders(model: str, threads: int) -> dict[str, Contender]:
    """What is compared, by name; all load the same weights."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(threads)
    ours = StanceClassifier.load(model, device="cpu", threads=threads)
    plain = StanceClassifier.load(model, engine="torch", device="cpu", threads=threads)
    network = AutoModelForSequenceClassification.from_pretrained(model, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(model)
    pipe = pipeline("text-classification", model=network, tokenizer=tokenizer, device="cpu", top_k=None)
    labels = [network.config.id2label[i] for i in range(network.config.num_labels)]

    def piped(pairs: Pairs) -> np.ndarray:
        answers = pipe([{"text": a, "text_pair": b} for a, b in pairs])
        return np.array([[{x["label"]: x["score"] for x in row}[name] for name in labels] for row in answers])

    def looped(pairs: Pairs) -> np.ndarray:
        with torch.inference_mode():
            rows = [network(**tokenizer(a, b, truncation=True, return_tensors="pt")).logits for a, b in pairs]
        return torch.cat(rows).numpy()

    found: dict[str, Contender] = {
        f"stance, {ours.engine}": lambda pairs: ours.probabilities(pairs).probabilities,
        f"stance, {plain.engine}": lambda pairs: plain.probabilities(pairs).probabilities,
        "pipeline, defaults": piped,
        "one pair at a time": looped,
    }
    if importlib.util.find_spec("sentence_transformers") is None:
        print("sentence-transformers is not installed: its rows are left out", file=sys.stderr)
        return found
    return {**found, **cross_encoders(model)}


def cross_encoders(model: str) -> dict[str, Contender]:
    """CrossEncoder with its defaults in float32, and at the batch size and number format that suit best."""
    import torch
    from sentence_transformers import CrossEncoder

    from stance.classifier.machine import has_bfloat16

    # As it comes it would run our float16 file in float16, which processors do many times slower.
    default = CrossEncoder(model, device="cpu", max_length=512, model_kwargs={"dtype": torch.float32})
    best = CrossEncoder(
        model,
        device="cpu",
        max_length=512,
        model_kwargs={"dtype": torch.bfloat16 if has_bfloat16() else torch.float32},
    )
    sample = pairs_of_length(LENGTHS["news"], 32, seed=1)

    def seconds(size: int) -> float:
        start = time.process_time()
        best.predict(sample, batch_size=size, show_progress_bar=False)
        return time.process_time() - start

    seconds(8)
    size = min((8, 16, 32), key=seconds)
    return {
        DEFAULTS: lambda pairs: default.predict(pairs, show_progress_bar=False),
        f"CrossEncoder, batch {size}{', bf16' if has_bfloat16() else ''}": lambda pairs: best.predict(
            pairs, batch_size=size, show_progress_bar=False
        ),
    }


def measure(
    pairs: Pairs, found: dict[str, Contender], repeats: int, clock: Callable[[], float]
) -> tuple[dict[str, list[float]], dict[str, np.ndarray]]:
    """Pairs per second of every contender and repeat, and the verdicts of each."""
    speeds: dict[str, list[float]] = {name: [] for name in found}
    verdicts: dict[str, np.ndarray] = {}
    for run in found.values():
        run(pairs[:4])
    for number in range(repeats):
        # Every other round backwards: nobody always runs after the same neighbour.
        for name in list(found) if number % 2 == 0 else list(found)[::-1]:
            start = clock()
            answers = found[name](pairs)
            speeds[name].append(len(pairs) / (clock() - start))
            verdicts[name] = np.asarray(answers).argmax(axis=1)
    return speeds, verdicts


def table(title: str, speeds: dict[str, list[float]], verdicts: dict[str, np.ndarray]) -> list[str]:
    """One workload as Markdown: ratios to CrossEncoder's defaults, or to the pipeline without it."""
    base = DEFAULTS if DEFAULTS in speeds else "pipeline, defaults"
    reference = statistics.median(speeds[base])
    lines = [
        f"### {title}",
        "",
        f"| | pairs/s (range) | times {base} | same verdict |",
        "|---|---|---|---|",
    ]
    for name, values in speeds.items():
        middle = statistics.median(values)
        same = float((verdicts[name] == verdicts[base]).mean())
        lines.append(
            f"| {name} | {middle:.1f} ({min(values):.1f}–{max(values):.1f}) | {middle / reference:.2f} "
            f"| {same:.1%} |"
        )
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=str(ROOT / "models" / "small"))
    parser.add_argument("--pairs", type=int, default=64, help="pairs of each workload")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=thread_count())
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--only", choices=(*LENGTHS, "mix"), action="append")
    arguments = parser.parse_args()
    clock = time.perf_counter if arguments.clock == "wall" else time.process_time
    found = contenders(arguments.model, arguments.threads)
    print(f"{arguments.threads} threads, {arguments.repeats} repeats, {arguments.clock} clock\n")
    work = {
        f"{name}, {size} tokens": pairs_of_length(size, arguments.pairs) for name, size in LENGTHS.items()
    }
    work[f"mix, each statement in {REPEATED} pairs, both orders"] = mixed(arguments.pairs)
    for title, pairs in work.items():
        if arguments.only and title.split(",")[0] not in arguments.only:
            continue
        print("\n".join(table(title, *measure(pairs, found, arguments.repeats, clock))), flush=True)


if __name__ == "__main__":
    main()
