"""A toy task that a tiny model learns in a second: one word of the hypothesis tells the label."""

from __future__ import annotations

import random
from pathlib import Path

from tiny import SHUFFLED, tiny_config, tiny_tokenizer

from stance.records import Example, Label
from stance.training.settings import TrainSettings

TELLING = {"not": Label.CONTRADICT, "back": Label.SUPPORT, "company": Label.UNRELATED}
FILLERS = [
    "army",
    "village",
    "troops",
    "strike",
    "workers",
    "held",
    "work",
    "union",
    "dead",
    "over",
    "still",
    "fallen",
]

FAST = TrainSettings(
    epochs=6,
    learning_rate=1e-2,
    batch_size=16,
    label_smoothing=0.0,
    max_length=32,
    dropout=0.0,
    freeze_embeddings=False,
    threads=1,
    evaluations=4,
    patience=4,
)


def examples(count: int, *, seed: int = 1, directed: bool = False) -> list[Example]:
    """Return ``count`` different examples (at most 1,452 there are), the labels in turn."""
    draw = random.Random(seed)
    rows: dict[tuple[str, str], Example] = {}
    while len(rows) < count:
        word, label = list(TELLING.items())[len(rows) % 3]
        a, b = (draw.sample(FILLERS, 1) for _ in range(2))
        for words in (a, b):
            words.insert(draw.randrange(2), word)
        first, second = " ".join(a), " ".join(b)
        if (first, second) not in rows:
            rows[first, second] = Example(first, second, label, f"{seed}-{len(rows)}", directed=directed)
    return list(rows.values())


def save_base(folder: Path, *, names=SHUFFLED, **notes) -> Path:
    """Save an untrained tiny model with weights small enough to learn from."""
    import torch
    from transformers import BertForSequenceClassification

    torch.manual_seed(1)
    tokenizer = tiny_tokenizer()
    config = tiny_config(tokenizer, names)
    config.initializer_range = 0.2
    if notes:
        config.stance = notes
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def as_rows(rows: list[Example], names: tuple[str, str] = ("a", "b")) -> list[dict[str, str]]:
    """Return examples as the rows of a file of labelled pairs."""
    return [{names[0]: e.premise, names[1]: e.hypothesis, "label": e.gold.value, "id": e.id} for e in rows]
