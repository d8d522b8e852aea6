import json
from dataclasses import replace
from datetime import date

import pytest

from stance.errors import DataError
from stance.records import Article
from stance.scoring import events as events_module
from stance.scoring.events import FEW, event_rows, read_events, with_events


def made(town: str, n: int, **fields) -> Article:
    text = f"Dockers in {town} stayed away, and the mayor of {town} said that in {town} the port was shut."
    return Article(f"{town}{n}", text, f"Strike in {town}", published=date(2025, 3, n), **fields)


SET = [made(town, n) for n in range(1, 8) for town in ("Gornal", "Tarvik")]


@pytest.fixture
def write(tmp_path):
    def write(*rows):
        path = tmp_path / "events.jsonl"
        path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows))
        return path

    return write


def test_many_articles_are_grouped_and_few_are_one_matter():
    found = with_events(SET, "auto")
    assert {a.event for a in found} == {"Gornal 2025-03-01", "Tarvik 2025-03-01"}
    assert [replace(a, event=None) for a in found] == SET
    assert with_events(SET[:FEW], "auto") == SET[:FEW]
    assert with_events(SET, "off") == SET
    assert with_events([], "auto") == []


def test_a_file_counts_and_the_rest_is_grouped(write):
    path = write({"event": "mine", "articles": ["Gornal1", "Tarvik1"]})
    found = {a.id: a.event for a in with_events(SET, str(path))}
    assert found["Gornal1"] == found["Tarvik1"] == "mine"
    assert None not in found.values()
    few = with_events(SET[:4], str(path))
    assert [a.event for a in few] == ["mine", "mine", None, None]


def test_what_is_written_out_can_be_handed_in_again(write):
    found = with_events(SET, "auto")
    rows = event_rows(found)
    assert [(r["event"], r["first"], r["last"], len(r["articles"])) for r in rows] == [
        ("Gornal 2025-03-01", "2025-03-01", "2025-03-07", 7),
        ("Tarvik 2025-03-01", "2025-03-01", "2025-03-07", 7),
    ]
    assert with_events(SET, str(write(*rows))) == found
    assert event_rows(SET) == []
    assert event_rows([replace(SET[0], event="x", published=None)])[0]["first"] is None


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"event": "x", "articles": ["nope"]}], r"events\.jsonl: no article 'nope' among those given"),
        ([{"event": "x", "articles": ["Gornal1"]}, {"event": "y", "articles": ["Gornal1"]}],
         r"events\.jsonl:2: the article 'Gornal1' stands in 'x' too: leave it in one event"),
        ([{"articles": ["Gornal1"]}], r"events\.jsonl:1: 'event' must be a name, got None"),
        ([{"event": " ", "articles": []}], r"events\.jsonl:1: 'event' must be a name, got ' '"),
        ([{"event": "x", "articles": "Gornal1"}], r"jsonl:1: 'articles' must be a list of article ids"),
        ([{"event": "x", "articles": [1]}], r"'articles' must be a list of article ids, got \[1\]"),
        (["{"], r"events\.jsonl:1: bad JSON"),
        ([], "no rows"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_named(write, rows, message):
    with pytest.raises(DataError, match=message):
        with_events(SET, str(write(*rows)))


def test_a_file_of_another_kind_or_none_is_named(tmp_path):
    with pytest.raises(DataError, match=r"all: not a file of events: give auto, off or a \.jsonl file"):
        read_events(tmp_path / "all")
    with pytest.raises(DataError, match="cannot be read"):
        read_events(tmp_path / "none.jsonl")


def test_articles_that_have_their_events_are_not_looked_at(monkeypatch):
    monkeypatch.setattr(events_module, "find_events", None)
    own = [replace(a, event="x") for a in SET]
    assert with_events(own, "auto") == own
