"""Finds the labelled pairs that a user names: a file, a folder, or a well-known corpus. Measures nothing.

A path always wins over a name. A name is looked for in a folder of corpora where one is given, and
otherwise on the hub that the user's ``datasets`` is set up for. Labels are resolved by name, never by number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stance.errors import DataError
from stance.reading import Refusal, read_examples
from stance.reading.result import listed
from stance.reading.rows import TABLE_ENDINGS
from stance.records import Example

if TYPE_CHECKING:
    from datasets import Dataset

SPLITS = ("dev", "validation", "test")
"""The tables of a corpus folder that are measured on, the first that is there; a train split never is."""

SOURCE_TAG = "source"
"""The tag that tells sources apart where several are measured together: a slice each."""

_NO_GOLD = -1  # how a hub stores that the annotators did not agree
_NAMED = 12
_LANGUAGES = ("ar", "bg", "de", "el", "en", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh")


@dataclass(frozen=True, slots=True)
class HubCorpus:
    """Where a corpus lies on a hub, and which of its columns are premise, hypothesis, label and tags."""

    hub: str
    split: str
    config: str | None = None
    premise: str = "premise"
    hypothesis: str = "hypothesis"
    label: str = "label"
    tags: tuple[str, ...] = ()


CORPORA: Mapping[str, HubCorpus] = MappingProxyType(
    {
        "anli": HubCorpus("facebook/anli", "dev_r1+dev_r2+dev_r3"),
        "anli:r1": HubCorpus("facebook/anli", "dev_r1"),
        "anli:r2": HubCorpus("facebook/anli", "dev_r2"),
        "anli:r3": HubCorpus("facebook/anli", "dev_r3"),
        # Its two texts stand the other way round: the column named premise holds the claim.
        "fever": HubCorpus("pietrolesci/nli_fever", "dev", premise="hypothesis", hypothesis="premise"),
        "mnli": HubCorpus("nyu-mll/multi_nli", "validation_matched", tags=("genre",)),
        "mnli:mm": HubCorpus("nyu-mll/multi_nli", "validation_mismatched", tags=("genre",)),
        "snli": HubCorpus("stanfordnlp/snli", "validation"),
        "vitaminc": HubCorpus("tals/vitaminc", "validation", premise="evidence", hypothesis="claim"),
        "wanli": HubCorpus("alisawuffles/WANLI", "test", label="gold"),
        **{
            f"xnli:{language}": HubCorpus("facebook/xnli", "validation", config=language)
            for language in _LANGUAGES
        },
    }
)
"""The corpora known by name. Two-way sets that call contradiction and neutral one label are left out."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Labelled pairs of one or more sources.

    ``refused`` are the rows that could not be read; ``no_gold`` counts the rows of hub corpora whose
    annotators did not agree, which are left out.
    """

    examples: tuple[Example, ...]
    refused: tuple[Refusal, ...] = ()
    no_gold: int = 0


def read_sources(sources: Sequence[str], *, data_dir: Path | None = None, strict: bool = False) -> Corpus:
    """Return the labelled pairs of files, folders and named corpora, in the order given.

    Of several sources each pair gets the tag ``source``, unless its row has a column of that name.

    Raises:
        DataError: a source is not there, a corpus cannot be loaded, or nothing in it could be read.
        ValueError: no source.
    """
    if not sources:
        raise ValueError("no source of labelled pairs: name at least one")
    found = [read_source(source, data_dir=data_dir, strict=strict) for source in sources]
    if len(found) > 1:
        found = [_tagged(corpus, source) for corpus, source in zip(found, sources, strict=True)]
    return _joined(found)


def read_source(source: str, *, data_dir: Path | None = None, strict: bool = False) -> Corpus:
    """Return the labelled pairs of one source: a path where there is one, a corpus by name otherwise.

    Raises:
        DataError: as :func:`read_sources`.
    """
    path = Path(source)
    if path.is_dir():
        return _read_files(corpus_files(path), strict=strict)
    if path.exists() or path.suffix.lower() in TABLE_ENDINGS:
        return _read_files([path], strict=strict)
    if data_dir is not None:
        return _read_files(corpus_files(_folder_of(source, data_dir)), strict=strict)
    if source in CORPORA:
        return _read_hub(source, CORPORA[source], strict=strict)
    raise DataError(
        f"'{source}' is no file or folder, and no corpus known by name: {_known()} are; "
        "with --data-dir DIR any folder in DIR is, such as one that holds dev.parquet"
    )


def _known() -> str:
    names = [name for name in CORPORA if not name.startswith("xnli:")]
    return f"{', '.join(names)} and xnli:LANGUAGE ({', '.join(_LANGUAGES)})"


def corpus_files(folder: Path) -> list[Path]:
    """Return the tables of a corpus folder to measure on.

    The first of dev, validation and test that is there; without any, all tables that are no train split.

    Raises:
        DataError: none, or one split in two formats.
    """
    tables = sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in TABLE_ENDINGS)
    for split in SPLITS:
        of_split = [path for path in tables if path.stem == split]
        if len(of_split) > 1:
            names = listed(path.name for path in of_split)
            raise DataError(f"{folder}: {names} are one split in several formats: name the file to use")
        if of_split:
            return of_split
    others = [path for path in tables if not path.stem.startswith("train")]
    if not others:
        only = f", only {listed(p.name for p in tables)}: name that file to measure on it" if tables else ""
        raise DataError(f"{folder}: no {listed(SPLITS, word='or')} table ({', '.join(TABLE_ENDINGS)}){only}")
    return others


def _folder_of(name: str, data_dir: Path) -> Path:
    if not data_dir.is_dir():
        raise DataError(f"{data_dir}: no such folder: --data-dir needs one that holds corpora by name")
    for candidate in dict.fromkeys((name, name.replace(":", "_"))):
        if (data_dir / candidate).is_dir():
            return data_dir / candidate
    names = sorted(path.name for path in data_dir.iterdir() if path.is_dir())
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    held = f"it has {', '.join(names[:_NAMED])}{more}" if names else "it has no folders"
    raise DataError(f"no folder '{name}' in {data_dir}: {held}")


def _read_files(paths: Sequence[Path], *, strict: bool) -> Corpus:
    reading = read_examples(list(paths), strict=strict)
    return Corpus(reading.rows, reading.refused)


def _read_hub(name: str, corpus: HubCorpus, *, strict: bool) -> Corpus:
    data, no_gold = with_gold(_columns(_load(name, corpus), name, corpus))
    if not len(data):
        raise DataError(f"corpus '{name}': none of its {no_gold} rows has a gold label")
    reading = read_examples(data, strict=strict)
    examples = tuple(replace(example, id=example.id.replace("Dataset", name, 1)) for example in reading.rows)
    return Corpus(examples, reading.refused, no_gold)


def _load(name: str, corpus: HubCorpus) -> Dataset:
    """Return the split of a corpus from the cache or the hub.

    Every failure becomes one line: the errors of hub clients share no base but Exception, and differ from
    one release to the next.
    """
    from datasets import load_dataset
    from datasets.utils.logging import disable_progress_bar, set_verbosity_error

    disable_progress_bar()
    set_verbosity_error()
    try:
        return load_dataset(corpus.hub, corpus.config, split=corpus.split)
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise DataError(
            f"corpus '{name}' cannot be loaded ({corpus.hub}, split {corpus.split}): {reason}. "
            "Without a hub, give --data-dir DIR, a folder that holds "
            f"{name.replace(':', '_')}/dev.parquet, or name a file"
        ) from error


def _columns(data: Dataset, name: str, corpus: HubCorpus) -> Dataset:
    """Return the columns that are read, under our names."""
    ours = {corpus.premise: "premise", corpus.hypothesis: "hypothesis", corpus.label: "label"}
    absent = [column for column in ours if column not in data.column_names]
    if absent:
        raise DataError(
            f"corpus '{name}' ({corpus.hub}) has no column {listed(absent)}: it has "
            f"{listed(data.column_names)}, and has changed since stance was written"
        )
    kept = data.select_columns([*ours, *(tag for tag in corpus.tags if tag in data.column_names)])
    return kept.rename_columns({theirs: own for theirs, own in ours.items() if theirs != own})


def with_gold(data: Dataset) -> tuple[Dataset, int]:
    """Return the rows that have a gold label, and how many have none (-1, '-', nothing)."""
    labels: Iterable[Any] = data["label"]
    kept = [row for row, label in enumerate(labels) if label not in (_NO_GOLD, "-", "", None)]
    return data.select(kept), len(data) - len(kept)


def _tagged(corpus: Corpus, source: str) -> Corpus:
    name = Path(source).name or source
    examples = tuple(
        example
        if SOURCE_TAG in example.tags
        else replace(example, tags={**example.tags, SOURCE_TAG: name.replace("|", "/")})
        for example in corpus.examples
    )
    return replace(corpus, examples=examples)


def _joined(found: Sequence[Corpus]) -> Corpus:
    return Corpus(
        tuple(example for corpus in found for example in corpus.examples),
        tuple(refusal for corpus in found for refusal in corpus.refused),
        sum(corpus.no_gold for corpus in found),
    )
