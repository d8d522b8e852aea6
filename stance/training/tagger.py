"""Trains the span tagger of :mod:`stance.attribution` on articles with annotated attributions.

The corpus is PolNeAR's layout: a table with ``text`` and ``attributions`` (JSON list of objects with
``source``, ``cue`` and ``content``, each a list of ``[start, end)`` character spans of the text).
Method: BIO token classification over overlapping windows, as for PolNeAR in Newell et al. 2018.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from stance.attribution.decoding import transition_scores
from stance.attribution.tagger import ROLES, TAGS, WINDOW
from stance.errors import DataError
from stance.training.finetune import LoopSettings, finetune

# Tokens without a label of their own; torch's cross entropy skips them.
IGNORED = -100


def tag_tokens(
    offsets: Sequence[tuple[int, int]], attributions: Sequence[dict[str, list[list[int]]]]
) -> list[str]:
    """Return one tag per token: the role whose span holds the token's first character.

    ``offsets`` are the tokens' character spans in reading order. Where spans of two roles share a
    token, the shorter span wins: a source inside a content stays visible.
    """
    tags = ["O"] * len(offsets)
    spans = [
        (end - start, start, end, role)
        for a in attributions
        for role in ROLES
        for start, end in a.get(role, [])
    ]
    for _, start, end, role in sorted(spans, reverse=True):
        prefix = "B"
        for i, (left, right) in enumerate(offsets):
            if start <= left < end and right > left:
                tags[i] = f"{prefix}-{role}"
                prefix = "I"
    return tags


def windows(
    tokenizer: Any, texts: Sequence[str], attributions: Sequence[list[Any]], stride: int
) -> list[dict[str, Any]]:
    """Return training rows of at most 256 tokens, starting every ``stride`` tokens of each article."""
    rows: list[dict[str, Any]] = []
    ids = {tag: i for i, tag in enumerate(TAGS)}
    body = WINDOW - 2
    for text, spans in zip(texts, attributions, strict=True):
        encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        tags = tag_tokens(encoded["offset_mapping"], spans)
        for start in range(0, len(tags), stride):
            piece = encoded["input_ids"][start : start + body]
            if start and len(piece) <= body - stride:
                break  # the window before holds all of it
            rows.append(
                {
                    "input_ids": [tokenizer.cls_token_id, *piece, tokenizer.sep_token_id],
                    "labels": [IGNORED, *(ids[t] for t in tags[start : start + body]), IGNORED],
                }
            )
    return rows


def role_f1(predictions: Any, labels: Any) -> dict[str, float]:
    """Token F1 of each role, B and I together, over tokens whose label is not -100."""
    import numpy as np

    best = np.argmax(predictions, axis=-1)
    kept = labels != IGNORED
    result: dict[str, float] = {}
    for role in ROLES:
        wanted = [i for i, tag in enumerate(TAGS) if tag.endswith(role)]
        gold, found = np.isin(labels, wanted) & kept, np.isin(best, wanted) & kept
        hits = int((gold & found).sum())
        result[f"f1_{role}"] = 2 * hits / max(1, int(gold.sum()) + int(found.sum()))
    result["f1_mean"] = sum(result.values()) / len(ROLES)
    return result


def read_polnear(path: Path) -> tuple[list[str], list[list[Any]]]:
    """Return the texts and the parsed attributions of a PolNeAR-shaped Parquet file.

    Raises:
        DataError: it cannot be read, lacks one of the two columns, or holds bad JSON.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            rows = file.read(columns=["text", "attributions"]).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: cannot be read ({error}): give a Parquet file") from error
    texts: list[str] = []
    attributions: list[list[Any]] = []
    for number, row in enumerate(rows, start=1):
        try:
            texts.append(row["text"])
            attributions.append(json.loads(row["attributions"]))
        except KeyError as error:
            raise DataError(f"{path}: no column {error}: text and attributions are needed") from error
        except (TypeError, ValueError) as error:
            raise DataError(f"{path}: row {number}: attributions are not JSON ({error})") from error
    return texts, attributions


def transition_table(
    tokenizer: Any, texts: Sequence[str], attributions: Sequence[list[Any]]
) -> dict[str, dict[str, float]]:
    """Return the transition scores of the annotated texts by tag name, before -> after, as plain numbers."""
    sequences = [
        tag_tokens(
            tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)[
                "offset_mapping"
            ],
            spans,
        )
        for text, spans in zip(texts, attributions, strict=True)
    ]
    scores = transition_scores(sequences, TAGS)
    return {a: {b: round(float(scores[i, j]), 4) for j, b in enumerate(TAGS)} for i, a in enumerate(TAGS)}


def train_tagger(
    train: Path,
    dev: Path,
    base: str,
    output: Path,
    *,
    settings: LoopSettings,
    stride: int = 192,
    half: bool = False,
    say: Callable[[str], None] | None = None,
) -> dict[str, float]:
    """Fine-tune ``base`` into a tagger, save it in ``output`` and return its dev token F1 by role.

    ``half`` saves the weights in float16. The tag transitions of ``train`` go into ``config.json``, where
    :class:`stance.attribution.tagger.SpanTagger` finds them.

    Raises:
        DataError: a file is not of PolNeAR's layout, or holds no text.
    """
    import torch
    from transformers import (
        AutoModelForTokenClassification,
        AutoTokenizer,
        DataCollatorForTokenClassification,
    )

    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.model_max_length = WINDOW
    rows = windows(tokenizer, *read_polnear(train), stride)
    held_out = windows(tokenizer, *read_polnear(dev), WINDOW - 2)
    for path, found in ((train, rows), (dev, held_out)):
        if not found:
            raise DataError(f"{path}: no text in it: at least one article is needed")
    torch.manual_seed(settings.seed)
    model = AutoModelForTokenClassification.from_pretrained(
        base,
        use_safetensors=True,
        dtype=torch.float32,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        id2label=dict(enumerate(TAGS)),
        label2id={tag: i for i, tag in enumerate(TAGS)},
        ignore_mismatched_sizes=True,
    )
    log = finetune(
        model,
        rows,
        held_out,
        settings=settings,
        folder=output / "checkpoints",
        collate=DataCollatorForTokenClassification(tokenizer),
        metrics=lambda p: role_f1(p.predictions, p.label_ids),
        best="f1_mean",
        say=say,
    )
    model.config.stance = {"transitions": transition_table(tokenizer, *read_polnear(train))}
    if half:
        model.half()
    model.save_pretrained(output)
    tokenizer.save_pretrained(output)
    shutil.rmtree(output / "checkpoints", ignore_errors=True)
    return max((e for e in log if "eval_f1_mean" in e), key=lambda e: e["eval_f1_mean"])
