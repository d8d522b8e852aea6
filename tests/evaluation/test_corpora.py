"""Files, folders and names: which wins, what is read, what is said when it cannot be."""

from __future__ import annotations

import json

import datasets
import pytest
from click.testing import CliRunner
from datasets import ClassLabel, Dataset, Features, Value

from stance.cli import cli
from stance.errors import DataError
from stance.evaluation.corpora import CORPORA, corpus_files, read_source, read_sources
from stance.reading.tables import write_rows
from stance.records import Label

ROWS = [
    {"premise": "The bridge stands.", "hypothesis": "The bridge fell.", "label": "contradiction"},
    {"premise": "The bridge stands.", "hypothesis": "It stands.", "label": "entailment"},
]


def write(path, rows=ROWS):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_rows(rows, path)
    return path


@pytest.fixture
def hub(monkeypatch):
    """A hub that holds what a test puts in it, and remembers what it was asked for."""
    held, asked = {}, []

    def load_dataset(path, name=None, *, split):
        asked.append((path, name, split))
        found = held[path]
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    held["asked"] = asked
    return held


def nli_set(labels, *, names=("entailment", "neutral", "contradiction"), **more):
    n = len(labels)
    columns = {
        "premise": [f"premise {i}" for i in range(n)],
        "hypothesis": [f"hypothesis {i}" for i in range(n)],
        "label": labels,
        **more,
    }
    features = Features(
        {name: ClassLabel(names=list(names)) if name == "label" else Value("string") for name in columns}
    )
    return Dataset.from_dict(columns, features=features)


# Paths


def test_a_file_and_a_folder_win_over_a_name(tmp_path, monkeypatch, hub):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "snli" / "dev.parquet")
    assert len(read_source("snli").examples) == 2
    assert len(read_source("snli", data_dir=tmp_path / "elsewhere").examples) == 2
    assert hub["asked"] == []


def test_the_first_split_of_a_folder_is_read_and_never_the_training_one(tmp_path):
    for name in ("train.parquet", "dev.csv", "test.jsonl", "notes.txt"):
        if name.endswith(".txt"):
            (tmp_path / name).write_text("")
        else:
            write(tmp_path / name)
    assert [p.name for p in corpus_files(tmp_path)] == ["dev.csv"]
    (tmp_path / "dev.csv").unlink()
    assert [p.name for p in corpus_files(tmp_path)] == ["test.jsonl"]


def test_a_folder_without_splits_is_read_whole_in_order(tmp_path):
    for name in ("part2.jsonl", "part1.jsonl", "train_more.jsonl"):
        write(tmp_path / name)
    assert [p.name for p in corpus_files(tmp_path)] == ["part1.jsonl", "part2.jsonl"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["train.parquet"],
            "no dev, validation or test table .*only train.parquet: name that file to measure on it",
        ),
        ([], r"no dev, validation or test table \(.jsonl, .csv, .parquet\)$"),
        (["dev.csv", "dev.jsonl"], "dev.csv and dev.jsonl are one split in several formats"),
    ],
)
def test_a_folder_that_cannot_be_used_says_why(tmp_path, names, message):
    for name in names:
        write(tmp_path / name)
    with pytest.raises(DataError, match=message):
        corpus_files(tmp_path)


def test_a_missing_file_is_not_taken_for_a_name(tmp_path):
    with pytest.raises(DataError, match=r"gone\.csv: no such file"):
        read_source(str(tmp_path / "gone.csv"))


# Names in a folder of corpora


def test_a_name_is_found_in_the_data_dir_and_not_asked_of_the_hub(tmp_path, hub):
    write(tmp_path / "mnli_part" / "dev.parquet")
    write(tmp_path / "xnli_en" / "test.parquet")
    assert [e.gold for e in read_source("mnli_part", data_dir=tmp_path).examples] == [
        Label.CONTRADICT,
        Label.SUPPORT,
    ]
    assert len(read_source("xnli:en", data_dir=tmp_path).examples) == 2
    assert hub["asked"] == []


def test_an_unknown_name_in_the_data_dir_is_answered_with_those_there(tmp_path):
    for name in ("b_set", "a_set"):
        (tmp_path / name).mkdir()
    with pytest.raises(DataError, match=r"no folder 'snli' in .*: it has a_set, b_set"):
        read_source("snli", data_dir=tmp_path)
    with pytest.raises(DataError, match="nowhere: no such folder: --data-dir needs one"):
        read_source("snli", data_dir=tmp_path / "nowhere")


def test_several_sources_are_told_apart_by_a_tag(tmp_path):
    write(tmp_path / "one" / "dev.parquet")
    write(tmp_path / "two" / "dev.jsonl", [{**ROWS[0], "source": "own"}])
    found = read_sources(["one", "two"], data_dir=tmp_path)
    assert [e.tags.get("source") for e in found.examples] == ["one", "one", "own"]
    assert "source" not in read_sources(["one"], data_dir=tmp_path).examples[0].tags
    with pytest.raises(ValueError, match="no source of labelled pairs"):
        read_sources([])


# Names on a hub


def test_labels_come_from_the_names_of_the_hub_whatever_their_order(hub):
    hub["stanfordnlp/snli"] = nli_set([0, 1, 2], names=("contradiction", "neutral", "entailment"))
    found = read_source("snli")
    assert [e.gold for e in found.examples] == [Label.CONTRADICT, Label.UNRELATED, Label.SUPPORT]
    assert [e.id for e in found.examples] == ["snli:1", "snli:2", "snli:3"]
    assert all(e.directed for e in found.examples)
    assert hub["asked"] == [("stanfordnlp/snli", None, "validation")]


def test_rows_without_gold_are_left_out_and_counted_even_if_strict(hub):
    hub["stanfordnlp/snli"] = nli_set([0, -1, 2, -1])
    found = read_source("snli", strict=True)
    assert (len(found.examples), found.no_gold, found.refused) == (2, 2, ())
    hub["stanfordnlp/snli"] = nli_set([-1])
    with pytest.raises(DataError, match="corpus 'snli': none of its 1 rows has a gold label"):
        read_source("snli")


def test_claims_are_the_hypotheses_and_evidence_the_premises(hub):
    hub["tals/vitaminc"] = Dataset.from_dict(
        {"claim": ["c"], "evidence": ["e"], "label": ["REFUTES"], "page": ["p"]}
    )
    hub["pietrolesci/nli_fever"] = nli_set([2])
    vitamin, fever = (read_source(name).examples[0] for name in ("vitaminc", "fever"))
    assert (vitamin.premise, vitamin.hypothesis, vitamin.gold) == ("e", "c", Label.CONTRADICT)
    assert vitamin.tags == {}
    assert (fever.premise, fever.hypothesis) == ("hypothesis 0", "premise 0")


def test_a_language_is_a_config_and_a_genre_a_tag(hub):
    hub["facebook/xnli"] = nli_set([0])
    hub["nyu-mll/multi_nli"] = nli_set([0], genre=["fiction"])
    read_source("xnli:ru")
    assert hub["asked"] == [("facebook/xnli", "ru", "validation")]
    assert read_source("mnli").examples[0].tags == {"genre": "fiction"}


@pytest.mark.parametrize("kind", [ConnectionError, ValueError, RuntimeError])
def test_without_a_hub_one_line_says_which_corpus_and_what_to_do(hub, kind):
    hub["facebook/xnli"] = kind("no route\nand more")
    with pytest.raises(DataError) as caught:
        read_source("xnli:en")
    assert str(caught.value) == (
        "corpus 'xnli:en' cannot be loaded (facebook/xnli, split validation): no route. Without a hub, give "
        "--data-dir DIR, a folder that holds xnli_en/dev.parquet, or name a file"
    )


def test_a_corpus_that_has_changed_is_named(hub):
    hub["tals/vitaminc"] = nli_set([0])
    with pytest.raises(DataError, match=r"'vitaminc' .* has no column evidence and claim: it has premise"):
        read_source("vitaminc")


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(
        DataError, match=r"'mnlo' is no file or folder.*anli, .*snli.*xnli:LANGUAGE .*--data-dir"
    ):
        read_source("mnlo")


def test_the_table_holds_the_sets_that_are_promised():
    assert {"mnli", "snli", "fever", "anli", "vitaminc", "xnli:en"} <= set(CORPORA)


def test_the_command_takes_a_name_and_counts_the_rows_without_gold(hub, tmp_path, classifier_folder):
    hub["stanfordnlp/snli"] = nli_set([0, 1, 2, -1])
    done = CliRunner().invoke(cli, ["evaluate", "snli", "--model", str(classifier_folder), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["metrics"]["n"] == 3
    assert "1 rows without a gold label left out" in done.stderr
    write(tmp_path / "data" / "snli" / "dev.parquet")
    options = ["--data-dir", str(tmp_path / "data"), "--model", str(classifier_folder)]
    assert "n:2|" in CliRunner().invoke(cli, ["evaluate", "snli", *options]).output
