"""Training settings: one frozen dataclass, read from TOML, unknown keys refused. Trains nothing."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from stance.errors import DataError


def _check_ranges(
    settings: object, *, above: Sequence[str] = (), least: Sequence[str] = (), shares: Sequence[str] = ()
) -> None:
    """Raise ValueError unless the ``above`` are > 0, the ``least`` >= 0 and the ``shares`` in [0, 1).

    None (not set) passes; not-a-number and infinity never do.
    """
    rules: tuple[tuple[Sequence[str], Callable[[float], bool], str], ...] = (
        (above, lambda v: v > 0, "above 0"),
        (least, lambda v: v >= 0, "0 or more"),
        (shares, lambda v: 0 <= v < 1, "from 0 to below 1"),
    )
    for names, fits, wanted in rules:
        for name in names:
            value = getattr(settings, name)
            if value is not None and not (math.isfinite(value) and fits(value)):
                raise ValueError(f"{name} is {value}: it must be {wanted}")


@dataclass(frozen=True, slots=True)
class Source:
    """One part of a training mixture: a file of labelled pairs and how much of it to take.

    ``take`` rows at most, shared evenly between the labels; ``max_words`` leaves out pairs of more words
    (both texts together); ``repeat`` puts the part in several times.
    """

    path: str
    take: int | None = None
    max_words: int | None = None
    repeat: int = 1

    def __post_init__(self) -> None:
        _check_ranges(self, above=("take", "max_words", "repeat"))


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How to fine-tune. The defaults suit some hundred to some thousand new pairs on a CPU.

    ``both_orders`` trains every symmetric pair (columns a, b) in both orders. ``class_weights`` weighs
    rare labels up when the most frequent has over twice the rows of the rarest. ``dropout`` None keeps
    the base's. ``consistency`` weighs how much the two orders of a symmetric pair must agree (0: not asked
    for); it needs ``both_orders``, and ``batch_size`` then counts pairs, not readings. ``symmetric`` None:
    True when the pairs are (a, b, label), else as in the base.
    ``teacher`` names a model whose probabilities are learned beside the gold labels (distillation, Hinton et
    al. 2015); ``teacher_weight`` is their share. It is asked a symmetric pair both ways and its answers are
    averaged: the student learns in one reading what the teacher says in two. ``rename`` exchanges the states
    named in the second order of a pair for others (needs ``both_orders``).
    ``interpolation`` is the share of the new weights in what is saved, the rest being the base's (WiSE-FT,
    Wortsman et al. 2022): below 1 less of the base's knowledge is forgotten.
    ``half`` saves the weights in float16, ``packed`` in int8, which `stance export` turns back (one of the
    two). ``evaluations`` counts looks at dev over the whole training; ``patience`` how many of them may bring
    no gain. ``keep_best`` keeps the weights of the best look at dev;
    without it those at the end of the schedule, which a small dev set cannot choose better than chance.
    ``threads`` None: all cores.
    """

    epochs: float = 4.0
    learning_rate: float = 5e-5
    batch_size: int = 16
    warmup_share: float = 0.06
    weight_decay: float = 0.01
    label_smoothing: float = 0.05
    dropout: float | None = None
    max_length: int = 128
    both_orders: bool = True
    consistency: float = 0.0
    teacher: str | None = None
    teacher_weight: float = 0.5
    rename: bool = False
    interpolation: float = 1.0
    class_weights: bool = True
    freeze_embeddings: bool = True
    frozen_layers: int = 0
    symmetric: bool | None = None
    half: bool = False
    packed: bool = False
    evaluations: int = 6
    patience: int = 3
    checkpoint_steps: int = 500
    keep_best: bool = True
    threads: int | None = None
    seed: int = 13
    mixture: tuple[Source, ...] = ()

    def __post_init__(self) -> None:
        above = ("epochs", "learning_rate", "batch_size", "max_length", "evaluations", "patience")
        _check_ranges(
            self,
            above=(*above, "checkpoint_steps", "threads"),
            least=("weight_decay", "frozen_layers", "seed", "consistency"),
            shares=("warmup_share", "label_smoothing", "dropout"),
        )
        for name in ("teacher_weight", "interpolation"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be above 0, at most 1")
        if self.half and self.packed:
            raise ValueError("half and packed are both true: weights are saved one way")
        if self.consistency and not self.both_orders:
            raise ValueError("consistency asks two orders to agree: it needs both_orders = true")
        if self.rename and not self.both_orders:
            raise ValueError("rename changes the second order of a pair: it needs both_orders = true")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)


def read_settings(path: Path) -> TrainSettings:
    """Read settings from a TOML file; paths of its ``[[mixture]]`` tables are relative to the file.

    Raises:
        DataError: no such file, not TOML, an unknown key, or a value of the wrong kind.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}): give a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not TOML: {error}") from error
    parts = table.pop("mixture", [])
    if not isinstance(parts, list) or not all(isinstance(p, dict) for p in parts):
        raise DataError(f"{path}: mixture must be tables: write [[mixture]] above path = ...")
    try:
        mixture = tuple(
            Source(**{**part, "path": str(path.parent / part["path"])})
            for part in (_checked(part, Source, path, needed="path") for part in parts)
        )
        return TrainSettings(**_checked(table, TrainSettings, path), mixture=mixture)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from error


def _checked(table: Mapping[str, Any], kind: type, path: Path, needed: str | None = None) -> dict[str, Any]:
    """Return the table's values once every key is known and every value of the field's type."""
    hints = get_type_hints(kind)
    names = [f.name for f in fields(kind) if f.name != "mixture"]
    if needed and needed not in table:
        raise DataError(f"{path}: a [[mixture]] without '{needed}'")
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in names:
            raise DataError(f"{path}: unknown key '{key}': known are {', '.join(names)}")
        kinds = get_args(hints[key]) or (hints[key],)
        # TOML writes 4 for 4.0, and for Python True is an int: neither is what was meant.
        if float in kinds and type(value) is int:
            value = float(value)  # noqa: PLW2901
        if type(value) not in kinds:
            wanted = " or ".join(k.__name__ for k in kinds if k is not type(None))
            raise DataError(f"{path}: {key} = {value!r}: needs {wanted}")
        values[key] = value
    return values
