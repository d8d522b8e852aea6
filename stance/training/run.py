"""What `train.py` and `stance train` do: read pairs, train, calibrate, measure, save with a card."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stance.classifier import StanceClassifier, conformal_least, fit_temperature, softmax
from stance.classifier.network import save_packed
from stance.errors import DataError, OptionalDependencyError
from stance.evaluation import data_sha256
from stance.evaluation.run import Evaluation, evaluate_examples
from stance.judging import combine_orders
from stance.reading import read_examples, write_text
from stance.reading.tables import put_whole
from stance.records import LABELS, Example
from stance.scoring import make_folder
from stance.training.card import model_card
from stance.training.classifier import both_orders, load_base, names_labels, teach, train_classifier
from stance.training.settings import TrainSettings, read_settings
from stance.weights import TRAIN_FROM, find_model, model_hash

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# How often a label set should hold the right label; pairs whose set is not one label are for a person.
COVERAGE = 0.9
# Of PAIRS without --dev, the share held out to stop on and to calibrate.
HELD_OUT = 10  # per cent


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training gave: dev metrics of the base (None if it could not judge) and of the new model."""

    before: Evaluation | None
    after: Evaluation
    train: tuple[Example, ...]
    dev: tuple[Example, ...]
    settings: TrainSettings
    base: str


def held_out(example: Example, percent: int) -> bool:
    """Whether an example is among the ``percent`` held out: by the hash of its two texts in either order.

    A pair that stands twice, be it with its sides swapped, is therefore wholly in or out.
    """
    key = "\n".join(sorted((example.premise, example.hypothesis)))
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % 100 < percent


def train_pairs(
    paths: Sequence[Path],
    output: Path,
    *,
    dev: Path | None = None,
    base: str | None = None,
    config: Path | None = None,
    strict: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Train from ``base`` on labelled pairs, save the model in ``output``, return lines that tell the gain.

    Without ``dev`` a tenth of the pairs is held out. ``say`` gets notes on the way. A run that was cut off
    goes on from its last checkpoint when it is started again with the same arguments.

    Raises:
        DataError: nothing to train on, one label only, dev pairs among the training pairs, or ``output``
            is a file, or holds a model or the checkpoints of another training; interpolation with a
            base that is no classifier.
        ModelError: the base cannot be loaded.
        OptionalDependencyError: accelerate is not installed.
    """
    _need_accelerate()
    settings = read_settings(config) if config else TrainSettings()
    if (output / "config.json").exists():
        raise DataError(f"{output}: holds a model already: give another --output or remove it")
    examples = read_mixture(paths, settings, strict=strict, say=say)
    if dev is not None:
        development = _read([dev], strict=strict, say=say)
    else:
        development = [e for e in examples if held_out(e, HELD_OUT)]
        examples = [e for e in examples if not held_out(e, HELD_OUT)]
    _check(examples, development)
    make_folder(output)
    result = train_model(examples, development, output, base=base, settings=settings, say=say)
    return [*gain_lines(result), f"saved: {output} (stance predict --model {output} ...)"]


def _need_accelerate() -> None:
    try:
        import accelerate  # noqa: F401  # transformers' Trainer needs it
    except ImportError as error:
        raise OptionalDependencyError("training needs accelerate: pip install 'stance-nli[train]'") from error


def read_mixture(
    paths: Sequence[Path], settings: TrainSettings, *, strict: bool, say: Callable[[str], None]
) -> list[Example]:
    """Return the examples of ``paths`` and of the mixture in the settings, in order."""
    examples = _read(paths, strict=strict, say=say) if paths else []
    for source in settings.mixture:
        rows = _read([Path(source.path)], strict=strict, say=say)
        if source.max_words is not None:
            rows = [e for e in rows if len(e.premise.split()) + len(e.hypothesis.split()) <= source.max_words]
        if source.take is not None:
            rows = take_evenly(rows, source.take, seed=settings.seed)
        examples.extend(rows * source.repeat)
    if not examples:
        raise DataError(
            "nothing to train on: give a file of labelled pairs, or [[mixture]] tables in --config"
        )
    return examples


def take_evenly(examples: Sequence[Example], count: int, *, seed: int) -> list[Example]:
    """Return at most ``count`` examples, as even over the labels that occur as the rows allow."""
    import random

    by_label = {label: [e for e in examples if e.gold is label] for label in LABELS}
    present = sorted((rows for rows in by_label.values() if rows), key=len)
    taken: list[Example] = []
    for position, rows in enumerate(present):
        share = (count - len(taken)) // (len(present) - position)
        taken.extend(random.Random(seed).sample(rows, min(share, len(rows))))
    return taken


def _read(paths: Sequence[Path], *, strict: bool, say: Callable[[str], None]) -> list[Example]:
    reading = read_examples(list(paths), strict=strict)
    for refusal in reading.refused[:10]:
        say(f"refused: {refusal}")
    if reading.refused:
        say(f"{len(reading.refused)} rows refused; {len(reading.rows)} went on")
    return list(reading.rows)


def _check(train: Sequence[Example], dev: Sequence[Example]) -> None:
    counts = Counter(e.gold.value for e in train)
    if len(counts) < 2:  # noqa: PLR2004  # labels
        raise DataError(
            f"only '{next(iter(counts), 'no')}' pairs to train on: at least two labels are needed"
        )
    if not dev:
        raise DataError("no pair was left for dev: give --dev FILE")
    # A symmetric pair is the same pair with its sides swapped.
    seen = {(e.premise, e.hypothesis) for e in both_orders(train)}
    shared = sum(any((d.premise, d.hypothesis) in seen for d in both_orders([e])) for e in dev)
    if shared:
        raise DataError(f"{shared} pairs of dev are in the training pairs too: take them out of one")


def train_model(
    train: Sequence[Example],
    dev: Sequence[Example],
    output: Path,
    *,
    base: str | None,
    settings: TrainSettings,
    say: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Fine-tune, calibrate on ``dev``, measure before and after, and save model, tokenizer and card.

    The model appears in ``output`` whole or not at all. Raises as :func:`train_pairs` does.
    """
    _need_accelerate()
    place = find_model(base, default=TRAIN_FROM)
    model, tokenizer = load_base(place, settings)
    symmetric = is_symmetric(settings, train, base=bool(_notes(model).get("symmetric", False)))
    before = _measure_base(place, dev)
    say(f"{len(train)} pairs to train on, {len(dev)} for dev, from {Path(place).name}")
    checkpoints = output / "checkpoints"
    _claim(checkpoints, _fingerprint(train, dev, place, settings))
    taught = _ask_teacher(settings, train, checkpoints, say)
    start = _weights_to_keep(model, place, settings)
    train_classifier(
        model, tokenizer, train, dev, settings=settings, checkpoints=checkpoints, taught=taught, say=say
    )
    interpolate(model, start, share=settings.interpolation)
    model.config.stance = calibrate(StanceClassifier(model, tokenizer), dev, symmetric=symmetric)
    finished = checkpoints / "finished"
    _save(model, tokenizer, finished, settings)
    scorer = StanceClassifier.load(finished)
    scorer.name = output.name
    result = Trained(
        before, evaluate_examples(dev, scorer), tuple(train), tuple(dev), settings, Path(place).name
    )
    card = model_card(result.after, base=result.base, settings=settings, train=train, before=before)
    write_text(card, finished / "README.md")
    _move(finished, output)
    shutil.rmtree(checkpoints, ignore_errors=True)
    return result


def _weights_to_keep(model: PreTrainedModel, place: str, settings: TrainSettings) -> dict[str, Any]:
    """Return a copy of the base's weights where some of them are to stay in the result, else nothing."""
    if settings.interpolation == 1.0:
        return {}
    if not _judges(place):
        raise DataError(
            f"interpolation is {settings.interpolation}, but {Path(place).name} is no classifier of our "
            "labels: there is nothing of it to keep"
        )
    return {name: weight.detach().clone() for name, weight in model.named_parameters()}


def interpolate(model: PreTrainedModel, start: Mapping[str, Any], *, share: float) -> None:
    """Mix the weights in ``start`` (by name) into ``model``'s, in place; ``share`` is that of the latter.

    WiSE-FT (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
    """
    for name, weight in model.named_parameters():
        if name in start:
            weight.data.mul_(share).add_(start[name], alpha=1.0 - share)


def _ask_teacher(
    settings: TrainSettings, train: Sequence[Example], checkpoints: Path, say: Callable[[str], None]
) -> NDArray[np.float64] | None:
    """Return the teacher's probabilities of ``train``; kept among the checkpoints, it is asked once."""
    if settings.teacher is None:
        return None
    kept = checkpoints / "taught.npy"
    if kept.is_file():
        return np.asarray(np.load(kept, allow_pickle=False))
    say(f"asking {Path(settings.teacher).name} about {len(train)} pairs")
    taught = teach(StanceClassifier.load(find_model(settings.teacher, default=TRAIN_FROM)), train)
    held = io.BytesIO()
    np.save(held, taught)
    put_whole(held.getvalue(), kept)
    return taught


def calibrate(classifier: StanceClassifier, dev: Sequence[Example], *, symmetric: bool) -> dict[str, Any]:
    """Return the notes for the model's config, fitted on ``dev`` for the readings that verdicts are made of.

    ``temperature``, and of label sets that hold the right label in ``COVERAGE`` of cases the ``least``
    probability of a member; without the sets when there are too few pairs to promise anything.
    """
    pairs = [(e.premise, e.hypothesis) for e in dev]
    forward, _ = classifier.logits(pairs)
    backward = classifier.logits([(b, a) for a, b in pairs])[0] if symmetric else None
    gold = [LABELS.index(e.gold) for e in dev]
    temperature = round(fit_temperature(forward, gold, swapped=backward), 4)
    notes: dict[str, Any] = {"symmetric": symmetric, "temperature": temperature}
    if backward is None:
        # A directional model's verdict is put together from both readings, which its dev pairs don't tell of.
        return notes
    final = combine_orders(softmax(forward, temperature), softmax(backward, temperature), symmetric=True)
    least = round(conformal_least(final, gold, coverage=COVERAGE), 4)
    return {**notes, "conformal": {"coverage": COVERAGE, "least": least}} if least else notes


def _fingerprint(
    train: Sequence[Example], dev: Sequence[Example], place: str, settings: TrainSettings
) -> str:
    """Return what makes two trainings the same: data, base and settings, but for the number of threads."""
    teacher = settings.teacher and find_model(settings.teacher, default=TRAIN_FROM)
    facts = {
        "teacher": teacher and model_hash(teacher),
        "train": data_sha256(train),
        "dev": data_sha256(dev),
        "base": f"{place}@{model_hash(place)}",
        "settings": replace(settings, threads=None, mixture=()).to_dict(),
    }
    return json.dumps(facts, indent=2, sort_keys=True) + "\n"


def _claim(checkpoints: Path, fingerprint: str) -> None:
    """Note what ``checkpoints`` belong to, so that no other training ever goes on from them."""
    note = checkpoints / "training.json"
    if note.is_file() and note.read_text(encoding="utf-8") != fingerprint:
        raise DataError(
            f"{checkpoints}: left by a training with other pairs, base or settings: "
            "start it again as it was, remove them or give another --output"
        )
    make_folder(checkpoints)
    write_text(fingerprint, note)


def _move(finished: Path, output: Path) -> None:
    """Move a whole model into ``output``; ``config.json`` goes last, so that a folder with it is whole."""
    for file in sorted(finished.iterdir(), key=lambda path: (path.name == "config.json", path.name)):
        file.replace(output / file.name)


def is_symmetric(settings: TrainSettings, train: Sequence[Example], *, base: bool) -> bool:
    """Whether the new model is one: as set, else True for (a, b) pairs alone, else as its ``base`` is."""
    if settings.symmetric is not None:
        return settings.symmetric
    return base or not any(e.directed for e in train)


def _notes(model: PreTrainedModel) -> dict[str, Any]:
    notes: dict[str, Any] = getattr(model.config, "stance", None) or {}
    return notes


def _measure_base(place: str, dev: Sequence[Example]) -> Evaluation | None:
    """The base on dev, unless it is no classifier of our labels and could only give noise."""
    return evaluate_examples(dev, StanceClassifier.load(place)) if _judges(place) else None


def _judges(place: str) -> bool:
    """Whether the model is a classifier of our labels."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(place)
    architecture = (config.architectures or [""])[0]
    return architecture.endswith("ForSequenceClassification") and names_labels(config.id2label)


def _save(model: PreTrainedModel, tokenizer: Any, output: Path, settings: TrainSettings) -> None:
    if settings.packed:
        save_packed(model, output)
    else:
        (model.half() if settings.half else model).save_pretrained(output)
    tokenizer.save_pretrained(output)


def gain_lines(result: Trained) -> list[str]:
    """Return before and after on dev as lines, with the signature of the new model."""
    after = result.after
    lines = [f"{'dev':<16}{'before':>10}{'after':>10}{'gain':>10}"]
    before = result.before.metrics if result.before else None
    for name, title in (("f1_macro", "macro-F1"), ("accuracy", "accuracy")):
        new = getattr(after.metrics, name)
        old = getattr(before, name) if before else None
        gain = f"{new - old:+.3f}" if old is not None else "-"
        lines.append(f"{title:<16}{'-' if old is None else f'{old:.3f}':>10}{new:>10.3f}{gain:>10}")
    interval = after.intervals["f1_macro"]
    lines.append(f"macro-F1 after: 95 % [{interval.low:.3f}, {interval.high:.3f}] on n = {after.metrics.n}")
    lines.append(f"train data:{data_sha256(result.train)[:12]}|n:{len(result.train)}")
    lines.append(str(after.signature))
    return lines
