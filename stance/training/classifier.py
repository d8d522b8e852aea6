"""Fine-tunes a pair classifier on examples. Reads no files and writes none but checkpoints."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stance.classifier.network import load_network
from stance.errors import ModelError
from stance.judging import PairScorer, combine_orders
from stance.records import LABELS, Example, Label, label_of
from stance.training.finetune import LoopSettings, finetune
from stance.training.renaming import rename_states
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
    from transformers import AutoConfig, AutoTokenizer
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
        model = load_network(place, config=config)
        tokenizer = AutoTokenizer.from_pretrained(place)
    except (OSError, ValueError, KeyError, ModelError) as error:
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


def _same(example: Example) -> Example:
    return example


def both_orders(examples: Sequence[Example], change: Callable[[Example], Example] = _same) -> list[Example]:
    """Return the examples, each symmetric one followed by itself with its sides swapped.

    ``change`` is what else is done to the swapped one.
    """
    result: list[Example] = []
    for e in examples:
        result.append(e)
        if not e.directed:
            result.append(change(_turned(e)))
    return result


def teach(scorer: PairScorer, examples: Sequence[Example]) -> NDArray[np.float64]:
    """Return a teacher's probabilities of each example, shape (n, 3) in the order of ``LABELS``.

    A symmetric example is read in both orders and combined as judging does; a directed one in its own.
    """
    forward = scorer.probabilities([(e.premise, e.hypothesis) for e in examples]).probabilities.copy()
    places = [i for i, e in enumerate(examples) if not e.directed]
    if places:
        turned = [(examples[i].hypothesis, examples[i].premise) for i in places]
        backward = scorer.probabilities(turned).probabilities
        forward[places] = combine_orders(forward[places], backward, symmetric=scorer.symmetric)
    return forward


def targets(
    golds: Sequence[Label], taught: NDArray[np.float64], *, weight: float, smoothing: float
) -> NDArray[np.float64]:
    """Return what to learn, shape (n, 3) in the order of ``LABELS``: gold and, by ``weight``, the teacher's.

    The gold part is smoothed as label smoothing does (Szegedy et al. 2016); the teacher's is soft already.
    """
    count = len(LABELS)
    hard = np.full((len(golds), count), smoothing / count)
    hard[np.arange(len(golds)), [LABELS.index(g) for g in golds]] += 1.0 - smoothing
    return np.asarray((1.0 - weight) * hard + weight * taught)


def _turned(example: Example) -> Example:
    return replace(example, premise=example.hypothesis, hypothesis=example.premise)


class MatedCollator:
    """Pads a batch in which a symmetric pair brings both its orders, next to each other.

    ``labels`` come out with shape (n, 2): the column of the gold label, and the row of the same pair in the
    other order, -1 where there is none. Where the rows bring a ``target``, its probabilities follow: (n, 5).
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def __call__(self, features: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return tensors for the model; ``features`` are rows of :func:`encode`, some with ``swapped``."""
        import torch

        rows: list[dict[str, Any]] = []
        labels: list[tuple[float, ...]] = []
        for feature in features:
            mate = feature.get("swapped")
            target = feature.get("target", ())
            here = len(rows)
            rows.append({k: v for k, v in feature.items() if k not in {"labels", "swapped", "target"}})
            labels.append((feature["labels"], here + 1 if mate else -1, *target))
            if mate:
                rows.append(dict(mate))
                labels.append((feature["labels"], here, *target))
        batch: dict[str, Any] = dict(self._tokenizer.pad(rows, return_tensors="pt"))
        batch["labels"] = torch.tensor(labels)
        return batch


def mated_rows(
    tokenizer: Any,
    examples: Sequence[Example],
    columns: dict[Label, int],
    *,
    max_length: int,
    change: Callable[[Example], Example] = _same,
) -> list[dict[str, Any]]:
    """Return tokenised rows; a symmetric example's other order lies under ``swapped`` of its row.

    ``change`` is what else is done to the other order.
    """
    rows = encode(tokenizer, examples, columns, max_length=max_length)
    places = [i for i, e in enumerate(examples) if not e.directed]
    turned = [change(_turned(examples[i])) for i in places]
    for i, row in zip(places, encode(tokenizer, turned, columns, max_length=max_length), strict=True):
        rows[i]["swapped"] = {k: v for k, v in row.items() if k != "labels"}
    return rows


def disagreement(logits: Any, mates: Any) -> Any:
    """Return the mean symmetric KL divergence between the two orders of each pair, 0 without any.

    The regulariser of R-Drop (Liang et al. 2021), with the two orders of a pair in place of two dropout
    masks: what the labels don't depend on, the answers should not either.
    """
    import torch

    paired = mates >= 0
    if not bool(paired.any()):
        return logits.sum() * 0.0
    here = torch.log_softmax(logits[paired], dim=-1)
    there = torch.log_softmax(logits[mates[paired]], dim=-1)
    # Each pair stands in it twice, once from either side, so one direction of the divergence is enough.
    return torch.nn.functional.kl_div(here, there, log_target=True, reduction="batchmean")


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
    taught: NDArray[np.float64] | None = None,
    say: Callable[[str], None] | None = None,
) -> list[dict[str, float]]:
    """Fine-tune ``model`` in place and return the log. The best weights by macro-F1 on ``dev`` stay.

    ``taught`` holds a teacher's probabilities of each row of ``train``, shape (n, 3), to learn from too.
    The rows are shuffled by ``settings.seed``; two runs with the same seed and threads are the same.
    """
    import torch
    from sklearn.metrics import f1_score

    columns = {label: int(c) for c, n in model.config.id2label.items() if (label := label_of(str(n)))}
    longest = min(
        settings.max_length,
        getattr(model.config, "max_position_embeddings", settings.max_length),
        tokenizer.model_max_length,
    )
    draw = random.Random(settings.seed)
    change = partial(rename_states, draw=draw) if settings.rename else _same
    chosen = both_orders(train) if settings.both_orders else train
    if settings.consistency:
        rows = mated_rows(tokenizer, train, columns, max_length=longest, change=change)
    else:
        read = both_orders(train, change) if settings.both_orders else train
        rows = encode(tokenizer, read, columns, max_length=longest)
    if taught is not None:
        _add_targets(rows, train, taught, columns, settings)
    random.Random(settings.seed).shuffle(rows)
    weights = class_weights([e.gold for e in chosen]) if settings.class_weights else None
    by_column = sorted(zip([columns[label] for label in LABELS], weights, strict=True)) if weights else []

    def loss(outputs: Any, labels: Any, num_items_in_batch: Any = None) -> Any:  # noqa: ARG001
        weight = outputs.logits.new_tensor([w for _, w in by_column]) if by_column else None
        if labels.shape[1] > 2:  # noqa: PLR2004  # gold, mate, then the probabilities to learn
            found = torch.nn.functional.cross_entropy(outputs.logits, labels[:, 2:], weight=weight)
        else:
            found = torch.nn.functional.cross_entropy(
                outputs.logits, labels[:, 0], weight=weight, label_smoothing=settings.label_smoothing
            )
        if settings.consistency:
            found = found + settings.consistency * disagreement(outputs.logits, labels[:, 1].long())
        return found

    def metrics(prediction: Any) -> dict[str, float]:
        best = np.argmax(prediction.predictions, axis=-1)
        golds = prediction.label_ids[:, 0]
        return {"f1_macro": float(f1_score(golds, best, average="macro", zero_division=0.0))}

    return finetune(
        model,
        rows,
        encode(tokenizer, dev, columns, max_length=longest),
        settings=loop_settings(settings),
        folder=checkpoints,
        collate=MatedCollator(tokenizer),
        loss=loss,
        metrics=metrics,
        best="f1_macro",
        say=say,
    )


def _add_targets(
    rows: Sequence[dict[str, Any]],
    train: Sequence[Example],
    taught: NDArray[np.float64],
    columns: dict[Label, int],
    settings: TrainSettings,
) -> None:
    """Put a ``target`` into each row, in the model's column order."""
    learned = targets(
        [e.gold for e in train], taught, weight=settings.teacher_weight, smoothing=settings.label_smoothing
    )
    twice = settings.both_orders and not settings.consistency
    owners = [i for i, e in enumerate(train) for _ in range(2 if twice and not e.directed else 1)]
    order = sorted(LABELS, key=lambda label: columns[label])
    places = [LABELS.index(label) for label in order]
    for row, owner in zip(rows, owners, strict=True):
        row["target"] = [float(p) for p in learned[owner, places]]


def loop_settings(settings: TrainSettings) -> LoopSettings:
    """Return the part of the settings that the loop reads."""
    return LoopSettings(**{f.name: getattr(settings, f.name) for f in fields(LoopSettings)})
