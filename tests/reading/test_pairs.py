"""Pairs to predict: texts as read, all columns kept, order kept."""

import pandas as pd
import pytest

from stance.errors import DataError
from stance.reading import PairRow, read_pairs, write_rows


def test_pairs_keep_all_their_columns(put):
    row = {"a": " A. ", "b": "B.", "note": None, "tags": ["x"], "n": 3}
    assert read_pairs(put("a.jsonl", [row])).rows == (PairRow(" A. ", "B.", row),)


def test_premise_and_hypothesis_are_pairs_too(put):
    path = put("a.csv", "premise,hypothesis\nC.,D.\nA.,B.\n")
    assert [(pair.a, pair.b) for pair in read_pairs(path).rows] == [("C.", "D."), ("A.", "B.")]


def test_pairs_of_a_frame():
    frame = pd.DataFrame({"a": ["A.", "C."], "b": ["B.", "D."], "k": [1, 2]})
    assert [dict(pair.columns) for pair in read_pairs(frame).rows] == frame.to_dict("records")


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet"])
def test_pairs_written_back_are_the_pairs_read(put, tmp_path, ending):
    source = put("a.csv", 'a,b,note\n"Line\r\nend, ""quoted""",B.,\n🚢,D.,x\n')
    pairs = read_pairs(source).rows
    copy = tmp_path / f"copy{ending}"
    write_rows([pair.columns for pair in pairs], copy)
    again = read_pairs(copy).rows
    assert [(pair.a, pair.b) for pair in again] == [(pair.a, pair.b) for pair in pairs]
    assert [list(pair.columns) for pair in again] == [["a", "b", "note"]] * 2


def test_bad_pairs_are_refused(put):
    path = put("a.csv", "a,b\nA.,B.\n,B.\n")
    [refusal] = read_pairs(path).refused
    assert str(refusal) == "a.csv:3: no a: give every row a non-empty 'a'"
    with pytest.raises(DataError, match=r"^a.csv:3: no a:"):
        read_pairs(path, strict=True)


def test_pairs_without_texts(put):
    put("bad.csv", "x\n1\n")
    with pytest.raises(DataError) as caught:
        read_pairs(["bad.csv", "gone.csv"])
    assert str(caught.value) == (
        "no pairs could be read: 2 refused, the first is "
        "bad.csv: a pair needs the columns a and b, or premise and hypothesis: found x"
    )
