"""The line that says how a metric was made. Hashes no model files and knows no version: both are given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stance.evaluation.plain import plain_dict
from stance.records import Example

_SHOWN = 12  # hexadecimal digits of a hash in the line; the full hash stands in to_dict()


@dataclass(frozen=True, slots=True)
class Signature:
    """How a metric was made: on what data, by which model, with which settings.

    ``data`` and ``model_hash`` are full hexadecimal hashes; ``str()`` shortens them, as sacrebleu does:
    ``data:1a2b3c4d5e6f|n:288|model:small@abcd1234abcd|thresholds:contradict=0.55|intervals:...|seed:0|version:...``

    Raises:
        ValueError: for a text with ``|``, which would break the line.
    """

    data: str
    n: int
    model: str
    model_hash: str
    version: str
    seed: int = 0
    intervals: str = "bootstrap-percentile-1000"
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        texts = (self.data, self.model, self.model_hash, self.version, self.intervals, *self.thresholds)
        for text in texts:
            if "|" in text:
                raise ValueError(f"{text!r} holds '|'; needed a text without it: it parts the signature")

    def __str__(self) -> str:
        thresholds = ",".join(f"{name}={self.thresholds[name]:g}" for name in sorted(self.thresholds))
        parts = {
            "data": self.data[:_SHOWN],
            "n": self.n,
            "model": f"{self.model}@{self.model_hash[:_SHOWN]}",
            "thresholds": thresholds or "none",
            "intervals": self.intervals,
            "seed": self.seed,
            "version": self.version,
        }
        return "|".join(f"{name}:{value}" for name, value in parts.items())

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON values, hashes in full."""
        return plain_dict(self)


def data_sha256(examples: Sequence[Example]) -> str:
    """Return the sha256 of labelled pairs: one JSON line ``[premise, hypothesis, gold]`` each, in order.

    Ids and tags are left out: they change no metric. JSON is ASCII without spaces, a newline ends each line.
    """
    digest = hashlib.sha256()
    for example in examples:
        row = [example.premise, example.hypothesis, str(example.gold)]
        digest.update(json.dumps(row, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n")
    return digest.hexdigest()


def sign(
    examples: Sequence[Example],
    *,
    model: str,
    model_hash: str,
    version: str,
    thresholds: Mapping[str, float] | None = None,
    seed: int = 0,
    intervals: str = "bootstrap-percentile-1000",
) -> Signature:
    """Return the signature of an evaluation of ``model`` on ``examples``.

    Raises:
        ValueError: for a text with ``|``.
    """
    return Signature(
        data=data_sha256(examples),
        n=len(examples),
        model=model,
        model_hash=model_hash,
        version=version,
        seed=seed,
        intervals=intervals,
        thresholds=dict(sorted((thresholds or {}).items())),
    )
