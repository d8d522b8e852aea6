"""Labelled pairs: labels by name, columns to tags, and every reason for which one is refused."""

import numpy as np
import pandas as pd
import pytest
from datasets import ClassLabel, Dataset, Features, Value

from stance.errors import DataError
from stance.reading import read_examples
from stance.records import LABEL_NAMES, Example, Label, label_of

ACCEPTED = (
    "use one of contradict, contradicts, contradiction, refutes, refuted, disagree, support, supports, "
    "supported, entailment, agree, unrelated, neutral, not enough info, not_enough_info or nei"
)


def messages(reading) -> list[str]:
    return [str(refusal) for refusal in reading.refused]


@pytest.mark.parametrize(
    ("names", "label"),
    [
        ("contradict contradiction Contradicts REFUTES REFUTED disagree", Label.CONTRADICT),
        ("support supports Entailment SUPPORTED SUPPORTS agree", Label.SUPPORT),
        ("unrelated neutral not_enough_info NOT_ENOUGH_INFO NEI", Label.UNRELATED),
    ],
)
def test_names_of_labels(names, label):
    assert {label_of(name) for name in names.split()} == {label}


def test_names_are_taken_in_any_case_and_padding():
    assert label_of(" Not Enough Info ") is Label.UNRELATED
    assert all(label_of(name.upper()) is label for name, label in LABEL_NAMES.items())


@pytest.mark.parametrize("name", ["discuss", "not_entailment", "LABEL_0", "0", "-", ""])
def test_names_that_stand_for_none_of_the_three(name):
    assert label_of(name) is None


def test_symmetric_pairs(put):
    path = put(
        "pairs/p.jsonl",
        [
            {
                "id": "p1",
                "a": " A. ",
                "b": "B.",
                "label": "support",
                "phenomena": ["time", "negation"],
                "n": 3,
            },
            {"a": "C.", "b": "D.", "label": "REFUTES", "domain": None, "phenomena": [], "checked": True},
        ],
    )
    assert read_examples(path).rows == (
        Example(
            " A. ", "B.", Label.SUPPORT, "p1", directed=False, tags={"phenomena": "time|negation", "n": "3"}
        ),
        Example("C.", "D.", Label.CONTRADICT, "p.jsonl:2", tags={"phenomena": "", "checked": "true"}),
    )


def test_directed_pairs_of_every_kind_of_table(put):
    rows = [
        {"premise": "A.", "hypothesis": "B.", "label": "neutral", "genre": "news"},
        {"premise": "C.", "hypothesis": "D.", "label": "entailment", "genre": "fiction"},
    ]
    frame = pd.DataFrame(rows)
    path = put("a.jsonl", rows)
    frame.to_csv("a.csv", index=False)
    frame.to_parquet("a.parquet")
    for source, ids in [
        (path, ["a.jsonl:1", "a.jsonl:2"]),
        ("a.csv", ["a.csv:2", "a.csv:3"]),
        ("a.parquet", ["a.parquet:1", "a.parquet:2"]),
        (frame, ["DataFrame:1", "DataFrame:2"]),
        (Dataset.from_list(rows), ["Dataset:1", "Dataset:2"]),
    ]:
        assert read_examples(source).rows == (
            Example("A.", "B.", Label.UNRELATED, ids[0], directed=True, tags={"genre": "news"}),
            Example("C.", "D.", Label.SUPPORT, ids[1], directed=True, tags={"genre": "fiction"}),
        )


def test_tags_of_a_frame():
    frame = pd.DataFrame(
        {
            "a": ["A."],
            "b": ["B."],
            "label": ["support"],
            "list": pd.Series([np.array(["x", "y"])], dtype=object),
            "gap": [np.nan],
            "day": [pd.Timestamp("2025-04-26")],
            "share": [0.5],
        }
    )
    [example] = read_examples(frame).rows
    assert example.tags == {"list": "x|y", "day": "2025-04-26T00:00:00", "share": "0.5"}


def test_class_numbers_of_a_dataset_are_resolved_by_its_own_names():
    features = Features(
        {
            "premise": Value("string"),
            "hypothesis": Value("string"),
            "label": ClassLabel(names=["entailment", "neutral", "contradiction"]),
            "genre": ClassLabel(names=["news", "fiction"]),
        }
    )
    columns = {"premise": ["A."] * 4, "hypothesis": ["B."] * 4, "label": [2, 0, -1, 1], "genre": [1, 0, 0, 0]}
    reading = read_examples(Dataset.from_dict(columns, features=features))
    assert [example.gold for example in reading.rows] == [Label.CONTRADICT, Label.SUPPORT, Label.UNRELATED]
    assert [example.tags["genre"] for example in reading.rows] == ["fiction", "news", "news"]
    assert messages(reading) == ["Dataset: row 3: no gold label ('-'): leave the row out or label it"]


def test_class_names_are_held_to_the_table_too():
    features = Features(
        {
            "premise": Value("string"),
            "hypothesis": Value("string"),
            "label": ClassLabel(names=["entailment", "not_entailment"]),
        }
    )
    columns = {"premise": ["A."] * 2, "hypothesis": ["B."] * 2, "label": [0, 1]}
    reading = read_examples(Dataset.from_dict(columns, features=features))
    assert messages(reading) == [f"Dataset: row 2: label 'not_entailment' is not known: {ACCEPTED}"]


@pytest.mark.parametrize(
    ("label", "problem"),
    [
        ("discuss", f"label 'discuss' is not known: {ACCEPTED}"),
        (2, f"label 2 is not a name, and numbers differ between sets: {ACCEPTED}"),
        ("2", f"label '2' is not a name, and numbers differ between sets: {ACCEPTED}"),
        ("-1", f"label '-1' is not a name, and numbers differ between sets: {ACCEPTED}"),
        (1.0, f"label 1.0 is not a name, and numbers differ between sets: {ACCEPTED}"),
        ("-", "no gold label ('-'): leave the row out or label it"),
        ("", f"no label: {ACCEPTED}"),
        (None, f"no label: {ACCEPTED}"),
    ],
)
def test_labels_that_are_refused(put, label, problem):
    good = {"a": "A.", "b": "B.", "label": "support"}
    reading = read_examples(put("a.jsonl", [good, {**good, "label": label}]))
    assert len(reading.rows) == 1
    assert messages(reading) == [f"a.jsonl:2: {problem}"]


def test_empty_texts_are_refused(put):
    path = put("a.csv", "premise,hypothesis,label\nA.,B.,neutral\n ,B.,neutral\nA.,,neutral\n")
    assert messages(read_examples(path)) == [
        "a.csv:3: no premise: give every row a non-empty 'premise'",
        "a.csv:4: no hypothesis: give every row a non-empty 'hypothesis'",
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.csv",
            "sentence1,sentence2,label\nA,B,neutral\n",
            "a.csv: a pair needs the columns a and b, or premise and hypothesis: "
            "found sentence1, sentence2, label",
        ),
        ("a.csv", "a,b\nA,B\n", "a.csv: no column 'label': a labelled pair needs a, b and label, found a, b"),
        (
            "a.csv",
            "a,b,premise,hypothesis,label\nA,B,C,D,support\n",
            "a.csv: columns a, b and premise, hypothesis together: keep one of the two",
        ),
        ("a.txt", "A", "a.txt: unknown file ending '.txt': .jsonl, .csv and .parquet are read"),
        (
            "a.jsonl",
            "[1\n",
            "a.jsonl:1: bad JSON (Expecting ',' delimiter, column 3): write one object a line",
        ),
    ],
)
def test_file_that_cannot_be_used_at_all(put, name, content, message):
    with pytest.raises(DataError) as caught:
        read_examples(put(name, content))
    assert str(caught.value) == message


def test_folder_is_no_table(put):
    put("set/a.csv", "a,b,label\nA,B,support\n")
    with pytest.raises(DataError) as caught:
        read_examples("set")
    assert str(caught.value) == (
        "set: a folder where a file is needed: name the .jsonl, .csv and .parquet files in it"
    )


def test_several_files_are_read_in_the_order_given(put):
    put("b.csv", "a,b,label\nA,B,support\n")
    put("a.csv", "premise,hypothesis,label\nC,D,neutral\n")
    put("bad.csv", "a,b,label\n\xe9,B,support\n".encode("latin-1"))
    reading = read_examples(["b.csv", "bad.csv", "a.csv"])
    assert [(example.id, example.directed) for example in reading.rows] == [
        ("b.csv:2", False),
        ("a.csv:2", True),
    ]
    assert messages(reading) == ["bad.csv:2: not UTF-8 (byte 0xe9): save the file as UTF-8"]


def test_strict_and_nothing_good(put):
    path = put("a.csv", "a,b,label\nA,B,discuss\nA,B,-\n")
    with pytest.raises(DataError, match=r"^a.csv:2: label 'discuss' is not known"):
        read_examples(path, strict=True)
    with pytest.raises(DataError, match=r"^no examples could be read: 2 refused, the first is a.csv:2:"):
        read_examples(path)
