"""What 200 labelled pairs of a new domain give, and what they cost elsewhere.

``python benchmarks/new_domain.py NEW.parquet --general data/pairs/dev.jsonl --replay data/pairs/train.jsonl``

Draws 200 pairs evenly over the labels, trains the model on them as `stance train` does, and measures macro-F1
before and after on up to 600 other pairs of the domain and on the general pairs: alone, with replay of
general pairs, with the weights averaged with the old ones, and with both.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from dataclasses import replace
from pathlib import Path

from stance.classifier import StanceClassifier
from stance.evaluation.run import evaluate_examples
from stance.reading import read_examples
from stance.records import Example
from stance.training.run import take_evenly, train_model
from stance.training.settings import TrainSettings
from stance.weights import find_model

NEW, DEVELOP, MEASURE = 160, 40, 600


def f1(model: str, rows: list[Example]) -> float:
    return evaluate_examples(rows, StanceClassifier.load(model), floors={}).metrics.f1_macro


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("domain", type=Path)
    parser.add_argument("--general", type=Path, required=True)
    parser.add_argument("--replay", type=Path, required=True)
    parser.add_argument("--model", default="small")
    parser.add_argument("--seed", type=int, default=13)
    arguments = parser.parse_args()
    rows = list(read_examples([arguments.domain]).rows)
    random.Random(arguments.seed).shuffle(rows)
    new = take_evenly(rows, NEW + DEVELOP, seed=arguments.seed)
    random.Random(arguments.seed).shuffle(new)
    train, develop = new[:NEW], new[NEW:]
    taken = {(e.premise, e.hypothesis) for e in new} | {(e.premise, None) for e in new}
    # A premise of the training pairs would make the rest easy.
    unseen = [e for e in rows if (e.premise, None) not in taken][:MEASURE]
    general = list(read_examples([arguments.general]).rows)
    replay = take_evenly(list(read_examples([arguments.replay]).rows), 2 * NEW, seed=arguments.seed)
    base = find_model(arguments.model, default=arguments.model)
    print(f"{arguments.domain.parent.name}: {len(train)} + {len(develop)} new, {len(unseen)} measured")
    print(f"{'':<34}{'domain':>8}{'general':>9}")
    print(f"{'before':<34}{f1(base, unseen):>8.3f}{f1(base, general):>9.3f}", flush=True)
    plain = replace(TrainSettings(), keep_best=False, symmetric=True, max_length=96, freeze_embeddings=True)
    for title, extra, share in (
        ("alone", [], 1.0),
        ("with replay", replay, 1.0),
        ("averaged with the old weights", [], 0.5),
        ("replay, averaged", replay, 0.5),
        ("replay, 0.7 of the new", replay, 0.7),
    ):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "new"
            train_model(
                [*train, *extra], develop, place, base=base, settings=replace(plain, interpolation=share)
            )
            print(f"{title:<34}{f1(str(place), unseen):>8.3f}{f1(str(place), general):>9.3f}", flush=True)


if __name__ == "__main__":
    main()
