"""Fine-tunes a pair classifier on examples. Reads no files and writes none but checkpoints."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stance.errors import ModelError
from stance.records import LABELS, Example, Label, label_of
from stance.training.finetune import LoopSettings, finetune
from stance.training.settings import TrainSettings

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# Weights come in when the most frequent label has this many times the rows of the rarest.
SKEWED = 2.0


def load_base(place: str, settings: TrainSettings) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Return the model to train, on its way to three labels, and its tokenizer.

    A base that already tells our labels apart by name keeps its head and its column order; any other
    (a bare encoder) gets a fresh head with our names in our order, drawn by ``settings.seed``.

    Raises:
        ModelError: it cannot be loaded from safetensors, or has no dropout of the usual names to set.
    """
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(place)
        if settings.dropout is not None:
            _set_dropout(config, settings.dropout, place)
        if not names_labels(config.id2label):
            names = [label.value for label in LABELS]
            config.id2label = dict(enumerate(names))
            config.label2id = {name: i for i, name in enumerate(names)}
        torch.manual_seed(settings.seed)
        model = AutoModelForSequenceClassification.from_pretrained(
            place, config=config, use_safetensors=True, dtype=torch.float32, ignore_mismatched_sizes=True
        )
        tokenizer = AutoTokenizer.from_pretrained(place)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"cannot train from '{place}': {reason}") from error
    return model, tokenizer


def names_labels(id2label: Mapping[Any, str]) -> bool:
    """Whether a config's ``id2label`` names each of our labels once and nothing else."""
    return sorted(label_of(str(name)) or "" for name in id2label.values()) == sorted(LABELS)


def _set_dropout(config: Any, dropout: float, place: str) -> None:
    names = [n for n in ("hidden_dropout_prob", "attention_probs_dropout_prob") if hasattr(config, n)]
    if not names:
        raise ModelError(
            f"{place}: a {config.model_type} has no dropout that stance can set: leave dropout out"
        )
    for name in names:
        setattr(config, name, dropout)


def encode(
    tokenizer: Any, examples: Sequence[Example], columns: dict[Label, int], *, max_length: int
) -> list[dict[str, Any]]:
    """Return tokenised rows with ``labels``; same order and length as ``examples``."""
    if not examples:
        return []
    encoded = tokenizer(
        [e.premise for e in examples],
        [e.hypothesis for e in examples],
        truncation=True,
        max_length=max_length,
        verbose=False,
    )
    return [
        {**{key: encoded[key][i] for key in encoded}, "labels": columns[e.gold]}
        for i, e in enumerate(examples)
    ]


def both_orders(examples: Sequence[Example]) -> list[Example]:
    """Return the examples, each symmetric one followed by itself with its sides swapped."""
    result: list[Example] = []
    for e in examples:
        result.append(e)
        if not e.directed:
            result.append(Example(e.hypothesis, e.premise, e.gold, e.id, e.directed, e.tags))
    return result


def class_weights(golds: Sequence[Label]) -> list[float] | None:
    """Return weights in the order of ``LABELS`` with mean 1 over the rows, or None when not skewed.

    A label without rows gets weight 1; it plays no part.
    """
    counts = Counter(golds)
    present = [counts[label] for label in LABELS if counts[label]]
    if not present or max(present) <= SKEWED * min(present):
        return None
    total = sum(present)
    return [total / (len(present) * counts[label]) if counts[label] else 1.0 for label in LABELS]


def train_classifier(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    train: Sequence[Example],
    dev: Sequence[Example],
    *,
    settings: TrainSettings,
    checkpoints: Path,
    say: Callable[[str], None] | None = None,
) -> list[dict[str, float]]:
    """Fine-tune ``model`` in place and return the log. The best weights by macro-F1 on ``dev`` stay.

    The rows are shuffled by ``settings.seed``; two runs with the same seed and threads are the same.
    """
    import torch
    from sklearn.metrics import f1_score
    from transformers import DataCollatorWithPadding

    columns = {label: int(c) for c, n in model.config.id2label.items() if (label := label_of(str(n)))}
    longest = min(
        settings.max_length,
        getattr(model.config, "max_position_embeddings", settings.max_length),
        tokenizer.model_max_length,
    )
    chosen = both_orders(train) if settings.both_orders else train
    rows = encode(tokenizer, chosen, columns, max_length=longest)
    random.Random(settings.seed).shuffle(rows)
    weights = class_weights([e.gold for e in chosen]) if settings.class_weights else None
    by_column = sorted(zip([columns[label] for label in LABELS], weights, strict=True)) if weights else []

    def loss(outputs: Any, labels: Any, num_items_in_batch: Any = None) -> Any:  # noqa: ARG001
        weight = outputs.logits.new_tensor([w for _, w in by_column]) if by_column else None
        return torch.nn.functional.cross_entropy(
            outputs.logits, labels, weight=weight, label_smoothing=settings.label_smoothing
        )

    def metrics(prediction: Any) -> dict[str, float]:
        best = np.argmax(prediction.predictions, axis=-1)
        return {"f1_macro": float(f1_score(prediction.label_ids, best, average="macro", zero_division=0.0))}

    return finetune(
        model,
        rows,
        encode(tokenizer, dev, columns, max_length=longest),
        settings=loop_settings(settings),
        folder=checkpoints,
        collate=DataCollatorWithPadding(tokenizer),
        loss=loss,
        metrics=metrics,
        best="f1_macro",
        say=say,
    )


def loop_settings(settings: TrainSettings) -> LoopSettings:
    """Return the part of the settings that the loop reads."""
    return LoopSettings(**{f.name: getattr(settings, f.name) for f in fields(LoopSettings)})
