from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from port import PAIRS, ROSTER, SEEDS, UNION, changed, gold_content, unmark, write_set

from stance.errors import DataError
from stance.evaluation.articles import GoldSet, find_gold, read_gold
from stance.records import LABELS

C, S, _ = LABELS


@pytest.fixture
def port(tmp_path: Path) -> GoldSet:
    return read_gold(write_set(tmp_path / "port"))


def test_the_seeds_hold_what_their_readme_says() -> None:
    sets = find_gold(SEEDS)
    counts = {}
    for gold in sets:
        labels = [p.label for p in gold.pairs]
        counts[gold.name] = (len(gold.articles), len(gold.statements), labels.count(C), labels.count(S))
    assert counts == {
        "footbridge_trial": (3, 33, 10, 2),
        "kursk_border": (4, 49, 13, 5),
        "lake_spill": (4, 48, 15, 8),
        "northport_strike": (4, 51, 12, 6),
        "redwick_points": (3, 33, 10, 3),
        "valdria_vote": (4, 51, 10, 6),
    }
    readme = (SEEDS / "README.md").read_text(encoding="utf-8")
    for name, numbers in counts.items():
        row = next(line for line in readme.splitlines() if line.startswith(f"| `{name}`"))
        assert [int(cell) for cell in re.findall(r"\| (\d+) (?=\|)", row)][:4] == list(numbers)


def test_the_set_is_read_whole(port: GoldSet) -> None:
    assert port.name == "port"
    assert [a.id for a in port.articles] == ["a1", "a2"]
    denied = next(s for s in port.statements if s.id == "m1")
    assert (denied.party, denied.denies, denied.said) == ("company", True, port.articles[1].published)
    assert [(p.a, p.b, p.label.value) for p in port.pairs] == PAIRS


@pytest.mark.parametrize("prefix", ["", "north/"])
def test_ids_of_texts_may_begin_with_the_folder(tmp_path: Path, prefix: str) -> None:
    folder = tmp_path / "north"
    folder.mkdir()
    (folder / "01.txt").write_text(" date 2025-03-01 The port is shut, Ann said.", encoding="utf-8")
    (folder / "02.txt").write_text(" date 2025-03-02 Not annotated.", encoding="utf-8")
    (folder / "parties.yaml").write_text(ROSTER, encoding="utf-8")
    entry = {
        "id": "s", "article_id": f"{prefix}01", "start": 0, "end": 16,
        "text": "The port is shut", "party": None,
    }  # fmt: skip
    content = {"articles": [f"{prefix}01"], "statements": [entry], "pairs": []}
    (folder / "gold.json").write_text(json.dumps(content), encoding="utf-8")
    gold = read_gold(folder)
    assert [a.id for a in gold.articles] == ["01"]
    assert [(s.article_id, s.speaker, s.denies) for s in gold.statements] == [("01", None, False)]


def test_articles_stand_in_reading_order(tmp_path: Path) -> None:
    gold = read_gold(write_set(tmp_path / "port", gold_content() | {"articles": ["a2", "a1"]}))
    assert [a.id for a in gold.articles] == ["a1", "a2"]


def test_ids_of_tables_may_begin_with_the_folder_too(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "port")
    table = (folder / "articles.jsonl").read_text(encoding="utf-8")
    (folder / "articles.jsonl").write_text(table.replace('"a1"', '"port/a1"'), encoding="utf-8")
    gold = read_gold(folder)
    assert [a.id for a in gold.articles] == ["port/a1", "a2"]
    assert gold.statements[0].article_id == "port/a1"


def test_gold_is_found_in_the_folder_or_below_it(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write_set(tmp_path / "sets" / name)
    (tmp_path / "sets" / "empty").mkdir()
    assert [g.name for g in find_gold(tmp_path / "sets")] == ["a", "b"]
    assert [g.name for g in find_gold(tmp_path / "sets" / "a")] == ["a"]
    with pytest.raises(DataError, match=r"empty: no gold.json here or in a sub-folder: give an article set"):
        find_gold(tmp_path / "sets" / "empty")


def without(kind: str, number: int, name: str) -> dict[str, Any]:
    content = gold_content()
    del content[kind][number][name]
    return content


def added(kind: str, entry: Any) -> dict[str, Any]:
    content = gold_content()
    content[kind].append(entry)
    return content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], r"gold.json: needed an object with articles, statements and pairs, got \[\]"),
        ({"articles": [], "pairs": []}, r"gold.json: no statements: articles, statements and pairs are"),
        (gold_content() | {"pairs": {}}, r"gold.json: 'pairs' must be a list, got \{\}"),
        (gold_content() | {"more": 1}, r"gold.json: unknown more: known are articles, statements, pairs and"),
        (added("articles", 3), r"articles, entry 3: an article id must be text, got 3"),
        (added("articles", "a3"), r"articles, entry 3: no article 'a3' in the folder: it has a1 and a2"),
        (added("articles", "port/a2"), r"articles, entry 3: the article 'a2' is listed twice"),
        (added("statements", "s"), r"statements, entry 8: needed an object with id, .*, got 's'"),
        (without("statements", 1, "party"), r"statements, entry 2 \(n2\): no party: id, article_id, .* are"),
        (changed("statements", 1, denis=True), r"statements, entry 2 \(n2\): unknown denis: known are id,"),
        (changed("statements", 1, id="n1"), r"statements, entry 2 \(n1\): the id 'n1' is used twice"),
        (changed("statements", 1, id=" "), r"entry 2 \( \): 'id' must be a text that is not empty, got ' '"),
        (
            changed("statements", 1, article_id="a9"),
            r"\(n2\): article_id 'a9' is not under 'articles': a1 and",
        ),
        (changed("statements", 1, start=9.5), r"\(n2\): 'start' must be a character offset .*, got 9.5"),
        (changed("statements", 1, start=-3), r"\(n2\): 'start' must be a character offset .*, got -3"),
        (changed("statements", 1, start=True), r"\(n2\): 'start' must be a character offset .*, got True"),
        (changed("statements", 0, end=5), r"\(n1\): the article has '' at 29:5, the gold 'that the crane"),
        (changed("statements", 0, text="No"), r"\(n1\): the article has 'that .*' at 29:67, the gold 'No'"),
        (
            changed("statements", 0, party="us"),
            r"unknown party 'us': parties.yaml allows union, company or null",
        ),
        (changed("statements", 0, party=["union"]), r"\(n1\): unknown party \['union'\]"),
        (changed("statements", 0, speaker=3), r"\(n1\): 'speaker' must be a text that is not empty, got 3"),
        (changed("statements", 0, denies="no"), r"\(n1\): 'denies' must be true or false, got 'no'"),
        (changed("pairs", 1, a="n9"), r"pairs, entry 2: 'a' is 'n9': no statement has this id"),
        (
            changed("pairs", 1, b="o1"),
            r"pairs, entry 2: 'o1' has no party: pairs hold statements of opposing",
        ),
        (
            changed("pairs", 1, b="n1"),
            r"pairs, entry 2: 'union' and 'union' do not oppose each other in part",
        ),
        (
            changed("pairs", 1, label="discuss"),
            r"entry 2: unknown label 'discuss': contradict, support and unr",
        ),
        (
            changed("pairs", 1, a="m1", b="n1"),
            r"entry 2: 'm1' and 'n1' stand in an earlier pair: list a pair",
        ),
        (without("pairs", 0, "label"), r"pairs, entry 1: no label: a, b and label are needed"),
    ],
)
def test_wrong_gold_is_named(tmp_path: Path, content: object, message: str) -> None:
    folder = write_set(tmp_path / "port", content)
    with pytest.raises(DataError, match=message) as raised:
        read_gold(folder)
    assert str(folder / "gold.json") in str(raised.value)


def test_an_end_behind_the_text_is_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "port")
    text = unmark(UNION)[0]
    last = {
        "id": "z",
        "article_id": "a1",
        "start": len(text) - 7,
        "end": 9999,
        "text": text[-7:],
        "party": None,
    }
    (folder / "gold.json").write_text(json.dumps(added("statements", last)), encoding="utf-8")
    with pytest.raises(DataError, match=rf"\(z\): 'end' is 9999, the article has {len(text)} characters"):
        read_gold(folder)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "port")
    (folder / "gold.json").write_text('{\n"articles": [,]}', encoding="utf-8")
    with pytest.raises(DataError, match=r"gold.json:2: not JSON \(Expecting value\)"):
        read_gold(folder)
    (folder / "gold.json").write_bytes(b'{"\xff"}')
    with pytest.raises(DataError, match=r"gold.json:1: not UTF-8"):
        read_gold(folder)
    (folder / "gold.json").unlink()
    with pytest.raises(DataError, match=r"gold.json: cannot read the gold \(No such file"):
        read_gold(folder)
    write_set(folder)
    (folder / "parties.yaml").unlink()
    with pytest.raises(DataError, match=r"parties.yaml: cannot read the roster"):
        read_gold(folder)
    write_set(folder)
    (folder / "a3.txt").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match=r"a3.txt: an empty file"):
        read_gold(folder)


def test_the_hash_moves_with_all_that_counts(port: GoldSet, tmp_path: Path) -> None:
    same = read_gold(write_set(tmp_path / "elsewhere" / "port"))
    assert same.sha256() == port.sha256()
    first = port.statements[0]
    others = [
        replace(port, articles=port.articles[:1]),
        replace(port, statements=(replace(first, denies=True), *port.statements[1:])),
        replace(port, pairs=(replace(port.pairs[0], label=S), *port.pairs[1:])),
        replace(port, roster=replace(port.roster, parties=port.roster.parties[:1])),
    ]
    assert len({port.sha256(), *(o.sha256() for o in others)}) == 5
    assert replace(port, pairs=(replace(port.pairs[0], note=None), *port.pairs[1:])).sha256() == port.sha256()
