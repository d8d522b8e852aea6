"""A scorer that knows the gold labels, and the ways in which one can be broken; pairs to measure it on."""

from __future__ import annotations

import hashlib
import random

import numpy as np

from stance.classifier.model import Scores
from stance.records import LABELS, Example

WORDS = ("bridge", "convoy", "strike", "minister", "court", "port", "not", "never", "said", "40", "Monday")
PARTIES = ("Norland", "Sudland", "Estmark", "Westholm")


def seed_of(*texts: str) -> int:
    return int(hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12], 16)


def make_examples(n=600, *, seed=0, directed=False, events=False) -> list[Example]:
    """Return pairs of random words; the verdict of the fake below does not depend on them."""
    rng = random.Random(seed)
    rows = []
    for i in range(n):
        a, b = rng.sample(PARTIES, 2)
        tags = {"party_a": a, "party_b": b, "topic": f"t{i % 6}"}
        if events:
            tags["event"] = f"e{i // 3}"
        rows.append(
            Example(
                f"{a} says {' '.join(rng.choices(WORDS, k=6))} {i}",
                f"{b} says {' '.join(rng.choices(WORDS, k=6))} {i}",
                LABELS[i % 3],
                id=f"p{i}",
                directed=directed,
                tags=tags,
            )
        )
    return rows


class Fake:
    """Answers right in a share ``skill`` of the pairs and is calibrated: it gives its label p = ``skill``."""

    symmetric = True

    def __init__(self, examples, *, skill=0.85, name="fake", digest="a" * 12, seed=1, truncated=0):
        self.gold = {(e.premise, e.hypothesis): e.gold for e in examples}
        self.gold |= {(b, a): gold for (a, b), gold in self.gold.items()}
        self.skill, self.seed, self.truncated = skill, seed, truncated
        self.name, self.hash = name, digest
        self.asked: list[tuple[str, str]] = []

    def row(self, first, second):
        rng = np.random.default_rng([self.seed, seed_of(*sorted((first, second)))])
        gold = LABELS.index(self.gold[first, second])
        top = gold if rng.random() < self.skill else (gold + rng.integers(1, 3)) % 3
        out = np.full(3, (1 - self.skill) / 2)
        out[top] = self.skill
        return out

    def probabilities(self, pairs, *, progress=None):
        self.asked.extend(pairs)
        if progress:
            progress(len(set(pairs)))
        return Scores(np.array([self.row(*pair) for pair in pairs]).reshape(-1, 3), self.truncated)


class Permuted(Fake):
    """Its labels are read from the wrong columns: what label order by position does."""

    def row(self, first, second):
        return super().row(first, second)[[1, 2, 0]]


class Hot(Fake):
    """Its logits are divided by 3: the same verdicts, far less sure."""

    def row(self, first, second):
        logits = np.log(super().row(first, second)) / 3
        return np.exp(logits) / np.exp(logits).sum()


class NameBiased(Fake):
    """Calls every pair with Norland in it a contradiction."""

    def row(self, first, second):
        usual = super().row(first, second)
        return np.array([0.9, 0.05, 0.05]) if "Norland" in first + second else usual


class Nan(Fake):
    def row(self, first, second):  # noqa: ARG002  # it answers all alike
        return np.array([np.nan, 0.5, 0.5])
