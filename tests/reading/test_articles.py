"""Articles: from every kind of source, kept as read, and every reason for which one is refused."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, DatasetDict

from stance.errors import DataError
from stance.reading import read_articles
from stance.records import Article

ODD_TEXT = "  “Nothing moved,” he said.\n\n\tTabs, \u2028 separators, 12\u00a0km — and 🚢.  "


def messages(reading) -> list[str]:
    return [str(refusal) for refusal in reading.refused]


# --- one text file ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head", [" date 2025-04-26 ", "date 2025-04-26 ", "\n date  2025-04-26\n", "\ufeff date 2025-04-26 "]
)
def test_txt_header_gives_the_day_and_is_no_part_of_the_text(put, head):
    path = put("harbour.txt", f"{head}The port is closed.\n\nSo said the mayor.\n")
    assert read_articles(path).rows == (
        Article("harbour", "The port is closed.\n\nSo said the mayor.", published=date(2025, 4, 26)),
    )


def test_txt_header_may_hold_a_time(put):
    path = put("a.txt", "date 2025-04-26T23:30:00Z The port is closed.")
    [article] = read_articles(path).rows
    assert (article.published, article.text) == (date(2025, 4, 26), "The port is closed.")


def test_txt_without_header_has_no_day(put):
    path = put("a.txt", "The date 2025-04-26 was named.")
    assert read_articles(str(path)).rows == (Article("a", "The date 2025-04-26 was named."),)


def test_txt_line_ends_become_lf_and_inner_whitespace_stays(put):
    path = put("a.txt", b"One.\r\n\r\n  Two.  Three.\r\n")
    assert read_articles(path).rows[0].text == "One.\n\n  Two.  Three."


def test_ending_is_read_in_any_case(put):
    assert read_articles(put("A.TXT", "One.")).rows == (Article("A", "One."),)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "a.txt: an empty file: write the article's text into it"),
        (" \n ", "a.txt: an empty file: write the article's text into it"),
        (" date 2025-04-26 \n", "a.txt:1: no text after the date: write the article's text behind it"),
        (" date 2025-02-30 Snow.", "a.txt:1: the header must be 'date YYYY-MM-DD', got 'date 2025-02-30'"),
        ("date 26.04.2025 Snow.", "a.txt:1: the header must be 'date YYYY-MM-DD', got 'date 26.04.2025'"),
        (b"One.\nTwo\xff.\n", "a.txt:2: not UTF-8 (byte 0xff): save the file as UTF-8"),
        (b"\xef\xbb\xbfOne.\nTwo.\n\xe9.\n", "a.txt:3: not UTF-8 (byte 0xe9): save the file as UTF-8"),
    ],
)
def test_txt_that_cannot_be_used(put, content, message):
    with pytest.raises(DataError) as caught:
        read_articles(put("a.txt", content))
    assert str(caught.value) == message


# --- tables ----------------------------------------------------------------------------------------

FULL = {
    "id": "x1",
    "text": ODD_TEXT,
    "title": "Port",
    "outlet": "The Bell",
    "published": "2025-04-26",
    "url": "https://example.org/1",
    "event": "port",
}
FULL_ARTICLE = Article("x1", ODD_TEXT, "Port", "The Bell", date(2025, 4, 26), "https://example.org/1", "port")


def test_every_kind_of_table_gives_the_same_articles_in_order(put, tmp_path):
    rows = [FULL, {**dict.fromkeys(FULL), "id": "x0", "text": "Two."}]
    frame = pd.DataFrame(rows)
    jsonl = put("a.jsonl", rows)
    frame.to_csv("a.csv", index=False, lineterminator="\n")
    frame.to_parquet("a.parquet")
    expected = (FULL_ARTICLE, Article("x0", "Two."))
    sources = [jsonl, Path("a.csv"), tmp_path / "a.parquet", frame, Dataset.from_list(rows), list(expected)]
    for source in sources:
        reading = read_articles(source)
        assert reading.rows == expected
        assert reading.refused == ()


def test_other_columns_are_not_looked_at(put):
    path = put("a.jsonl", [{"id": "1", "text": "One.", "attributions": [1, 2]}])
    assert read_articles(path).rows == (Article("1", "One."),)


def test_optional_columns_may_come_and_go(put):
    path = put("a.jsonl", [{"id": "1", "text": "One."}, {"id": "2", "text": "Two.", "title": " T "}])
    assert [article.title for article in read_articles(path).rows] == [None, "T"]


def test_missing_values_of_a_frame_are_none():
    frame = pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "text": ["One.", "Two.", "Three."],
            "title": pd.Series([np.nan, None, "T"], dtype=object),
            "outlet": pd.Series([pd.NA, "B", ""], dtype=object),
            "published": pd.to_datetime(["2025-04-26 22:10", None, "2025-04-27 00:00"]),
        }
    )
    before = frame.copy()
    assert read_articles(frame).rows == (
        Article("a", "One.", published=date(2025, 4, 26)),
        Article("b", "Two.", outlet="B"),
        Article("c", "Three.", title="T", published=date(2025, 4, 27)),
    )
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    "published",
    [
        "2025-04-26",
        " 2025-04-26 ",
        "2025-04-26T23:59:00+03:00",
        "2025-04-26 08:00:00",
        date(2025, 4, 26),
        datetime(2025, 4, 26, 23, tzinfo=UTC),
        pd.Timestamp("2025-04-26 10:00"),
    ],
)
def test_published_is_the_day_as_written(published):
    frame = pd.DataFrame({"id": ["a"], "text": ["One."], "published": pd.Series([published], dtype=object)})
    assert read_articles(frame).rows[0].published == date(2025, 4, 26)


@pytest.mark.parametrize("kind", ["int64", "Int64", "float64", "object"])
def test_whole_numbers_are_ids(kind):
    frame = pd.DataFrame({"id": pd.Series([7, 8], dtype=kind), "text": ["One.", "Two."]})
    assert [article.id for article in read_articles(frame).rows] == ["7", "8"]


def test_parquet_dates_and_timestamps(put):
    put("x", "")
    days = pa.table({"id": ["a"], "text": ["One."], "published": pa.array([date(2025, 4, 26)])})
    pq.write_table(days, "days.parquet")
    moments = days.set_column(2, "published", pa.array([datetime(2025, 4, 26, 9)], pa.timestamp("ns")))
    pq.write_table(moments, "moments.parquet")
    for name in ("days.parquet", "moments.parquet"):
        assert read_articles(name).rows[0].published == date(2025, 4, 26)


def test_folder_names_make_no_parquet_columns(put):
    put("event=x/id=9/README.md", "")
    pq.write_table(pa.table({"id": ["a"], "text": ["One."]}), "event=x/id=9/a.parquet")
    assert read_articles("event=x/id=9/a.parquet").rows == (Article("a", "One."),)


def test_csv_rows_are_named_by_the_line_where_they_start(put):
    path = put("a.csv", '\ufeffid, text\r\n1,"One\r\ntwo\r\nthree"\r\n\r\n2,""\r\n3,Four\r\n')
    reading = read_articles(path)
    assert reading.rows == (Article("1", "One\r\ntwo\r\nthree"), Article("3", "Four"))
    assert messages(reading) == ["a.csv:6: no text: give every row a non-empty 'text'"]


def test_csv_rows_that_fall_apart_are_refused_and_the_rest_is_read(put):
    path = put("a.csv", 'id,text\n1,One, two\n2\n3,"Three" more\n4,Four\n5,"Five\nsix\n')
    reading = read_articles(path)
    assert reading.rows == (Article("4", "Four"),)
    assert messages(reading) == [
        "a.csv:2: 3 cells where the header has 2: quote cells that hold commas",
        "a.csv:3: 1 cells where the header has 2: quote cells that hold commas",
        "a.csv:4: bad CSV (',' expected after '\"'): close every quote, double those inside a cell",
        "a.csv:6: bad CSV (unexpected end of data): close every quote, double those inside a cell",
    ]


def test_csv_takes_long_articles_and_leaves_csv_as_it_was(put):
    import csv

    before = csv.field_size_limit()
    text = "word " * 60_000
    assert read_articles(put("a.csv", f"id,text\n1,{text}\n")).rows[0].text == text
    assert csv.field_size_limit() == before


def test_jsonl_lines_are_refused_one_by_one(put):
    lines = [
        b'{"id": "1", "text": "One."}',
        b"",
        b'{"id": "2", "text": }',
        b'["3", "Three."]',
        b'{"id": "4"}',
        b'{"id": "5", "text": " "}',
        b'{"id": "6", "text": 6}',
        b'{"id": "", "text": "Seven."}',
        b'{"id": "8", "text": "Eight.", "published": "26 April"}',
        b'{"id": "9", "text": "Nine.", "published": 20250426}',
        b'{"id": "10", "text": "Ten\xff."}',
        b'{"id": "1", "text": "Eleven."}',
        b'{"id": "12", "text": "Half: \\ud83d."}',
        b'{"id": "13", "text": "Thirteen.", "title": ["T"]}',
        b'{"id": "14", "text": "Fourteen.", "published": "2025-02-30"}',
        b'{"id": "15", "text": "Whole: \\ud83d\\udea2."}\r',
        b"[" * 100_000,
    ]
    reading = read_articles(put("set/a.jsonl", b"\xef\xbb\xbf" + b"\n".join(lines)))
    assert reading.rows == (Article("1", "One."), Article("15", "Whole: 🚢."))
    *most, deep = messages(reading)
    day = "'published' must be a date YYYY-MM-DD or an ISO datetime, got"
    assert most == [
        "set/a.jsonl:3: bad JSON (Expecting value, column 21): write one object a line",
        "set/a.jsonl:4: not a JSON object but list ['3', 'Three.']: write one object a line",
        "set/a.jsonl:5: no text: give every row a non-empty 'text'",
        "set/a.jsonl:6: no text: give every row a non-empty 'text'",
        "set/a.jsonl:7: 'text' must be text, got int 6",
        "set/a.jsonl:8: no id: give every row a non-empty 'id'",
        f"set/a.jsonl:9: {day} str '26 April'",
        f"set/a.jsonl:10: {day} int 20250426",
        "set/a.jsonl:11: not UTF-8 (byte 0xff): save the file as UTF-8",
        "set/a.jsonl:12: id '1' is that of set/a.jsonl:1: give every article its own id",
        "set/a.jsonl:13: half a surrogate pair in the text: write the whole character",
        "set/a.jsonl:14: 'title' must be text, got list ['T']",
        f"set/a.jsonl:15: {day} str '2025-02-30'",
    ]
    assert deep.startswith("set/a.jsonl:17: bad JSON (")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "text,b\nOne.,2\n", "a.csv: no column 'id': an article needs id and text, found text, b"),
        ("a.csv", "x\n1\n", "a.csv: no column 'id' and 'text': an article needs id and text, found x"),
        ("a.jsonl", [{"id": "1"}], "a.jsonl: no column 'text': an article needs id and text, found id"),
        ("a.csv", "id,text\n", "a.csv: no rows: give at least one"),
        ("a.csv", "", "a.csv: no rows: give at least one"),
        ("a.jsonl", "\n\n", "a.jsonl: no rows: give at least one"),
        ("a.csv", "id,text,id\n", "a.csv: column 'id' appears twice: give every column its own name"),
        ("a.csv", b"id,text\n1,One\n2,\xe9\n", "a.csv:3: not UTF-8 (byte 0xe9): save the file as UTF-8"),
        (
            "a.csv",
            'id,"te"xt\n1,One\n',
            "a.csv:1: bad CSV (',' expected after '\"'): close every quote, double those inside a cell",
        ),
        (
            "a.docx",
            "x",
            "a.docx: unknown file ending '.docx': .txt, .html, .htm, .jsonl, .csv and .parquet are read",
        ),
        ("article", "x", "article: no file ending: .txt, .html, .htm, .jsonl, .csv and .parquet are read"),
    ],
)
def test_file_that_cannot_be_used_at_all(put, name, content, message):
    with pytest.raises(DataError) as caught:
        read_articles(put(name, content))
    assert str(caught.value) == message


def test_broken_parquet(put):
    with pytest.raises(DataError, match=r"^a\.parquet: not a readable Parquet file \(.+\): write it again$"):
        read_articles(put("a.parquet", b"PAR1 but no more"))


def test_parquet_without_a_needed_column_with_twins_and_without_rows(put):
    put("x", "")
    pq.write_table(pa.table({"id": ["a"]}), "lacks.parquet")
    pq.write_table(pa.Table.from_arrays([pa.array(["a"])] * 2, names=["id", "id"]), "twins.parquet")
    pq.write_table(pa.table({"id": pa.array([], pa.string())}), "bare.parquet")
    for name, problem in [
        ("lacks", "no column 'text': an article needs id and text, found id"),
        ("twins", "column 'id' appears twice: give every column its own name"),
        ("bare", "no rows: give at least one"),
    ]:
        with pytest.raises(DataError) as caught:
            read_articles(f"{name}.parquet")
        assert str(caught.value) == f"{name}.parquet: {problem}"


def test_rows_of_parquet_frames_and_datasets_are_named_by_number(put):
    put("x", "")
    columns = {"id": ["a", "b", "c"], "text": ["One.", "Two.", ""]}
    pq.write_table(pa.table(columns), "a.parquet")
    problem = "no text: give every row a non-empty 'text'"
    assert messages(read_articles("a.parquet")) == [f"a.parquet: row 3: {problem}"]
    assert messages(read_articles(pd.DataFrame(columns, index=[7, 8, 9]))) == [f"DataFrame: row 3: {problem}"]
    assert messages(read_articles(Dataset.from_dict(columns))) == [f"Dataset: row 3: {problem}"]


def test_frame_with_twin_columns():
    frame = pd.DataFrame([["a", "One.", "Two."]], columns=["id", "text", "text"])
    with pytest.raises(DataError, match=r"^DataFrame: column 'text' appears twice"):
        read_articles(frame)


def test_dataset_format_does_not_matter():
    dataset = Dataset.from_dict({"id": [1, 2], "text": ["One.", "Two."]}).with_format("numpy")
    expected = (Article("1", "One."), Article("2", "Two."))
    assert read_articles(dataset).rows == expected
    assert read_articles(dataset.to_iterable_dataset()).rows == expected


# --- folders and lists -----------------------------------------------------------------------------


def test_folder_is_read_sorted_with_its_sub_folders_as_events(put):
    put("set/b.txt", "B.")
    put("set/a.txt", " date 2025-04-26 A.")
    put("set/north/week-1/c.txt", "C.")
    put("set/north/rows.jsonl", [{"id": "d", "text": "D."}, {"id": "e", "text": "E.", "event": "own"}])
    for name in (".hidden.txt", ".git/x.txt", "README.md", "readme.txt", "README", "roster.yaml", "r.yml"):
        put(f"set/{name}", "no article")
    put("set/north/gold-1.json", "{}")
    reading = read_articles("set")
    assert reading.rows == (
        Article("a", "A.", published=date(2025, 4, 26)),
        Article("b", "B."),
        Article("d", "D.", event="north"),
        Article("e", "E.", event="own"),
        Article("north/week-1/c", "C.", event="north/week-1"),
    )
    assert reading.refused == ()


def test_bad_files_of_a_folder_are_refused_beside_the_good(put):
    put("set/a.txt", "A.")
    put("set/b.txt", b"B.\n\xff")
    put("set/c.pdf", "%PDF")
    put("set/d.csv", "x\n1\n")
    reading = read_articles(Path("set"))
    assert reading.rows == (Article("a", "A."),)
    assert messages(reading) == [
        "set/b.txt:2: not UTF-8 (byte 0xff): save the file as UTF-8",
        "set/c.pdf: unknown file ending '.pdf': .txt, .html, .htm, .jsonl, .csv and .parquet are read",
        "set/d.csv: no column 'id' and 'text': an article needs id and text, found x",
    ]


def test_folder_without_articles(put):
    put("set/README.md", "nothing else")
    put("set/c.pdf", "%PDF")
    with pytest.raises(DataError) as caught:
        read_articles("set")
    assert (
        str(caught.value)
        == "set: no article file in this folder: .txt, .html, .htm, .jsonl, .csv and .parquet are read"
    )


def test_several_sources_keep_their_order_and_one_that_is_absent_is_refused(put):
    put("two/x.txt", "X.")
    put("one.jsonl", [{"id": "o", "text": "O."}])
    reading = read_articles(["two", "gone.txt", Path("one.jsonl"), Article("given", "G.")])
    assert reading.rows == (Article("x", "X."), Article("o", "O."), Article("given", "G."))
    assert messages(reading) == ["gone.txt: no such file or folder: check the path"]


def test_same_id_in_two_files_names_both(put):
    put("one/x.txt", "X.")
    put("two/x.txt", "Other.")
    reading = read_articles(["one/x.txt", "two/x.txt", "one/x.txt"])
    assert reading.rows == (Article("x", "X."),)
    assert messages(reading) == [
        "two/x.txt: id 'x' is that of one/x.txt: give every article its own id",
        "one/x.txt: id 'x' is that of one/x.txt: give every article its own id",
    ]


def test_given_articles_are_checked():
    reading = read_articles([Article("a", "A."), Article("", "B."), Article("c", " "), Article("a", "D.")])
    assert reading.rows == (Article("a", "A."),)
    assert messages(reading) == [
        "article 2: no id: give every row a non-empty 'id'",
        "article 3: no text: give every row a non-empty 'text'",
        "article 4: id 'a' is that of article 1: give every article its own id",
    ]


def test_strict_raises_at_the_first_refusal(put):
    path = put("a.jsonl", [{"id": "1", "text": "One."}, {"id": "2", "text": ""}, {"id": "", "text": "x"}])
    with pytest.raises(DataError) as caught:
        read_articles(path, strict=True)
    assert str(caught.value) == "a.jsonl:2: no text: give every row a non-empty 'text'"


def test_nothing_good_raises_with_the_count(put):
    path = put("a.jsonl", [{"id": "1", "text": ""}, {"id": "", "text": "x"}])
    with pytest.raises(DataError) as caught:
        read_articles(path)
    assert str(caught.value) == (
        "no articles could be read: 2 refused, the first is "
        "a.jsonl:1: no text: give every row a non-empty 'text'"
    )


def test_text_given_in_place_of_a_path_is_one_short_line():
    with pytest.raises(DataError) as caught:
        read_articles("The port is closed.\nSo said the mayor. " * 200)
    message = str(caught.value)
    assert "not a usable path" in message
    assert len(message) < 200
    assert "\n" not in message


@pytest.mark.parametrize(("name", "content"), [("a.txt", "One."), ("a.csv", "id,text\n1,One.\n")])
def test_file_that_may_not_be_read(put, monkeypatch, name, content):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    path = put(name, content)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(DataError) as caught:
        read_articles(path)
    assert str(caught.value) == f"{name}: cannot be read (Permission denied): check the file"


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ([], ValueError, "an empty list was given to read: name at least one path"),
        (3, TypeError, "cannot read an object of type int: give a path, a list of paths"),
        (b"a.txt", TypeError, "cannot read an object of type bytes: give a path"),
        ({"a": 1}, TypeError, "cannot read an object of type dict: give a path"),
        ([3], TypeError, "a list to read holds an object of type int: only paths can stand in it"),
        (
            DatasetDict({"train": Dataset.from_dict({"id": ["a"]}), "dev": Dataset.from_dict({"id": ["a"]})}),
            TypeError,
            "a DatasetDict of train and dev: give one of its splits",
        ),
    ],
)
def test_sources_of_another_kind(source, kind, message):
    with pytest.raises(kind, match=message):
        read_articles(source)
