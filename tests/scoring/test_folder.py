import json
from dataclasses import replace
from datetime import date

import pyarrow.parquet as pq
import pytest

from stance.errors import DataError
from stance.records import (
    Article,
    Bound,
    Days,
    Judgement,
    Kind,
    Label,
    Member,
    NumberPair,
    Pair,
    Party,
    Probabilities,
    Quantity,
    Scope,
    ScoreReport,
    Statement,
)
from stance.scoring import folder as folder_module
from stance.scoring import load_run, save_run
from stance.scoring.folder import judgement_row, make_folder

# As the contract lists them; more may follow, none may go.
STATEMENTS = [
    *("id", "article_id", "start", "end", "text", "speaker", "party", "kind", "denies", "said"),
    *("when", "quantities", "said_as", "fragment"),
]
JUDGEMENTS = [
    "id",
    "a",
    "b",
    "a_text",
    "b_text",
    "a_party",
    "b_party",
    "a_speaker",
    "b_speaker",
    "label",
    "p_contradict",
    "p_support",
    "p_unrelated",
    "needs_review",
    "copies_a",
    "copies_b",
    "different_time",
    "numbers",
]


@pytest.fixture
def report() -> ScoreReport:
    day = date(2025, 4, 26)
    articles = (
        Article("one", "Gerasimov said “Gornal\u2028fell”.", title="T", published=day, event="kursk"),
        Article("two", "Kyiv denied that it fell.", outlet="Courier", url="https://example.org/2"),
    )
    a = Statement(
        "one:15-27", "“Gornal\u2028fell”", 15, 28, "one", "Gerasimov", "ru", "said", Kind.DIRECT, said=day
    )
    b = Statement(
        "two:17-24", "it fell", 17, 24, "two", "Kyiv", "ua", "denied that", Kind.INDIRECT, denies=True
    )
    lone = Statement("two:0-4", "Kyiv", 0, 4, "two")
    # Thirds have no short decimal form: rounding anywhere on the way would show.
    judgements = (
        Judgement(Pair(a, b), Label.CONTRADICT, Probabilities(2 / 3, 1 / 7, 4 / 21), needs_review=True),
    )
    parties = (
        Party("ru", "Russia", ("the Kremlin",), opposes=frozenset({"ua"})),
        Party("ua", "Ukraine", (), allied=frozenset({"uk"})),
        Party("uk", "United Kingdom", members=(Member("the Navy"), Member("Ann Lund", until=day))),
    )
    info = {"model": "small@abc", "counts": {"pairs": 1}, "settings": {"days": None}}
    again = Statement("one:0-9", "Gerasimov", 0, 9, "one", "Gerasimov", "ru")
    return ScoreReport(
        articles,
        (a, b, lone, again),
        judgements,
        parties,
        ("x.txt: an empty file",),
        info,
        copies={a.id: (again.id,)},
    )


def rows(path):
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def test_what_was_saved_is_loaded_unchanged(report, tmp_path):
    save_run(report, tmp_path / "new" / "run")
    assert load_run(tmp_path / "new" / "run") == report
    save_run(load_run(tmp_path / "new" / "run"), tmp_path / "again")
    for file in (tmp_path / "again").iterdir():
        if file.suffix != ".parquet":
            assert file.read_bytes() == (tmp_path / "new" / "run" / file.name).read_bytes()


@pytest.fixture
def counted(report) -> ScoreReport:
    """The report with days and numbers on both sides, set apart by --time strict."""
    twelve = Quantity(12.0, 12.0, "person killed", Bound.AT_LEAST, None, 17, 20)
    forty = replace(twelve, low=40.0, high=45.0, scope=Scope.TOTAL)
    [judgement] = report.judgements
    a, b = judgement.pair.a, judgement.pair.b
    a = replace(a, when=(Days(date(2025, 4, 25), date(2025, 4, 26), 16, 20),), quantities=(twelve,))
    b = replace(b, quantities=(forty, forty))
    judgement = replace(
        judgement, pair=Pair(a, b), different_time=True, numbers=NumberPair(twelve, forty, clash=True)
    )
    return replace(
        report,
        statements=(a, b, *report.statements[2:]),
        judgements=(judgement,),
        info={**report.info, "settings": {"time": "strict"}},
        strict_time=True,
    )


def test_days_and_numbers_are_saved_and_loaded(counted, tmp_path):
    save_run(counted, tmp_path)
    assert load_run(tmp_path) == counted
    [judged] = rows(tmp_path / "judgements.jsonl")
    assert judged["different_time"] is True
    assert (judged["numbers"]["a"]["low"], judged["numbers"]["clash"]) == (12.0, True)
    first = rows(tmp_path / "statements.jsonl")[0]
    assert first["when"] == [{"first": "2025-04-25", "last": "2025-04-26", "start": 16, "end": 20}]
    number = first["quantities"][0]
    assert (number["low"], number["unit"], number["bound"], number["scope"]) == (
        12.0,
        "person killed",
        "at least",
        None,
    )
    for name in ("statements", "judgements"):
        table = rows(tmp_path / f"{name}.parquet")
        assert json.loads(json.dumps(table, default=str)) == rows(tmp_path / f"{name}.jsonl")


_NEW = {"when", "quantities", "said_as", "fragment", "different_time", "numbers"}


def test_a_run_of_before_days_and_numbers_is_loaded(report, tmp_path):
    save_run(report, tmp_path)
    for name in ("statements", "judgements"):
        file = tmp_path / f"{name}.jsonl"
        kept = [{k: v for k, v in row.items() if k not in _NEW} for row in rows(file)]
        file.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
    assert load_run(tmp_path) == report


def test_an_empty_report_is_saved_and_loaded(tmp_path):
    empty = ScoreReport((Article("one", "Nothing."),), (), ())
    save_run(empty, tmp_path)
    assert load_run(tmp_path) == empty
    assert pq.read_schema(tmp_path / "judgements.parquet").names == JUDGEMENTS


def test_both_formats_hold_the_same_rows_and_the_columns_of_the_contract(report, tmp_path):
    save_run(report, tmp_path)
    for name, columns in (("statements", STATEMENTS), ("judgements", JUDGEMENTS)):
        lines, table = rows(tmp_path / f"{name}.jsonl"), rows(tmp_path / f"{name}.parquet")
        assert lines == json.loads(json.dumps(table, default=str))
        assert [c for c in lines[0] if c in columns] == columns
        assert list(lines[0]) == list(table[0])
    [judged] = rows(tmp_path / "judgements.jsonl")
    assert judged["label"] == "contradict"
    assert judged["a"] == report.statements[0].id
    assert judged["needs_review"] is True
    assert (judged["copies_a"], judged["copies_b"]) == (["one:0-9"], [])
    assert [row["copy_of"] for row in rows(tmp_path / "statements.jsonl")] == [None, None, None, judged["a"]]
    assert rows(tmp_path / "statements.jsonl")[0]["said"] == "2025-04-26"
    assert rows(tmp_path / "statements.parquet")[0]["said"] == date(2025, 4, 26)


def test_a_judgement_without_copies_has_columns_of_the_same_types(report, tmp_path):
    save_run(report, tmp_path / "some")
    save_run(replace(report, copies={}), tmp_path / "none")
    some, none = (pq.read_schema(tmp_path / name / "judgements.parquet") for name in ("some", "none"))
    assert some.equals(none)


_NEW = {"when", "quantities", "said_as", "fragment", "different_time", "numbers"}


def test_a_run_of_before_copies_were_told_is_loaded(report, tmp_path):
    save_run(replace(report, copies={}), tmp_path)
    for name in ("statements", "judgements"):
        old = [
            {k: v for k, v in row.items() if not k.startswith("cop")}
            for row in rows(tmp_path / f"{name}.jsonl")
        ]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in old))
    assert load_run(tmp_path) == replace(report, copies={})


def test_the_id_of_a_judgement_is_the_same_with_its_sides_swapped(report):
    [judgement] = report.judgements
    turned = replace(judgement, pair=Pair(judgement.pair.b, judgement.pair.a))
    assert judgement_row(turned)["id"] == judgement_row(judgement)["id"]
    other = replace(judgement, pair=Pair(judgement.pair.a, report.statements[2]))
    assert judgement_row(other)["id"] != judgement_row(judgement)["id"]


@pytest.mark.parametrize("failing", ["articles.jsonl", "statements.parquet", "judgements.jsonl", "run.json"])
def test_a_failed_write_never_leaves_a_run_that_looks_finished(report, tmp_path, monkeypatch, failing):
    save_run(report, tmp_path)

    def guard(write):
        def guarded(content, where, **options):
            for path in where if isinstance(where, list) else [where]:
                if path.name == failing:
                    raise DataError(f"{path}: cannot be written (No space left on device)")
            write(content, where, **options)

        return guarded

    monkeypatch.setattr(folder_module, "write_views", guard(folder_module.write_views))
    monkeypatch.setattr(folder_module, "write_text", guard(folder_module.write_text))
    with pytest.raises(DataError, match="No space left"):
        save_run(report, tmp_path)
    assert not (tmp_path / "run.json").exists()
    assert not list(tmp_path.glob(".*"))
    with pytest.raises(DataError, match="no run"):
        load_run(tmp_path)
    monkeypatch.undo()
    save_run(report, tmp_path)
    assert load_run(tmp_path) == report


def test_a_file_in_place_of_the_folder_is_one_clear_line(report, tmp_path):
    (tmp_path / "out").write_text("mine")
    for place in (tmp_path / "out", tmp_path / "out" / "inside"):
        with pytest.raises(DataError, match="cannot be used as output folder") as caught:
            save_run(report, place)
        assert str(place) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert (tmp_path / "out").read_text() == "mine"


def test_a_record_that_cannot_be_replaced_is_named(report, tmp_path):
    (tmp_path / "run.json").mkdir()
    with pytest.raises(DataError, match=r"run\.json: cannot be replaced"):
        save_run(report, tmp_path)


def test_making_a_folder_twice_is_no_error(tmp_path):
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_without_a_finished_run_is_refused(tmp_path):
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(DataError, match=r"no run\.json: give the --output folder of a finished"):
            load_run(place)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("run.json", "{", "run `stance score` again"),
        ("run.json", "[]", "damaged"),
        ("run.json", '"text"', "damaged"),
        ("run.json", "{}", "no 'parties'"),
        ("articles.jsonl", None, "articles.jsonl"),
        ("statements.jsonl", '{"id": "x"}\n', "damaged"),
        ("statements.jsonl", "", "no 'one:15-27'"),
        ("statements.jsonl", "[1]\n", "damaged"),
        ("judgements.jsonl", '{"a": 1', "damaged"),
        ("articles.jsonl", b"\xff\n", "damaged"),
    ],
)
def test_a_damaged_run_is_refused_in_one_line(report, tmp_path, name, content, reason):
    save_run(report, tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as caught:
        load_run(tmp_path)
    assert "the run's files are damaged" in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
