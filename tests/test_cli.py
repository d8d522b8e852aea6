import io
import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import click
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import FakeScorer, FakeTagger, by_words

from stance import api
from stance.cli.commands import score as score_command
from stance.cli.console import note_refused, progress_bars
from stance.errors import DataError, ModelError
from stance.judging import judge
from stance.pairing import TOP_K
from stance.records import Pair, Statement
from stance.scoring import RunStore

ROOT = Path(__file__).parent.parent
ADDED = ["label", "p_contradict", "p_support", "p_unrelated"]
TEXTS = [
    "Russia said the village of Gornal has fallen.",
    "Ukraine denied that the village of Gornal has fallen.\nUkraine said its troops hold the bridge.",
]


@pytest.fixture(autouse=True)
def fakes(monkeypatch, tmp_path):
    """Stand-ins for the shipped models, and a working folder of its own."""
    monkeypatch.setattr(api, "load", lambda _name=None, **_: api.Model(FakeScorer(by_words)))
    monkeypatch.setattr(api, "_tagger", lambda *_: FakeTagger())
    monkeypatch.setattr(api, "_place", lambda *_: ("", 0))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def stance(command_line):
    """Run the command line: exit code, stdout, stderr."""

    return command_line


@pytest.fixture
def articles(tmp_path):
    folder = tmp_path / "articles"
    folder.mkdir()
    for number, text in enumerate(TEXTS):
        (folder / f"{number}.txt").write_text(f" date 2025-04-2{number} {text}")
    return folder


def one_line(text):
    return text.count("\n") == 1 and text.startswith("error: ")


def write(path, rows):
    path = Path(path)
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".csv":
        lines = [rows[0].keys(), *(map(str, row.values()) for row in rows)]
        path.write_text("".join(",".join(line) + "\n" for line in lines))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path):
    path = Path(path)
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".csv":
        header, *lines = path.read_text().splitlines()
        return [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]
    return [json.loads(line) for line in path.read_text().splitlines()]


# predict, one pair


def test_a_pair_is_judged_on_stdout(stance):
    code, out, err = stance("predict", "the strike is over", "nobody is back")
    assert (code, err) == (0, "")
    first, *rest = out.splitlines()
    assert first.split()[0] in {"contradict", "support", "unrelated"}
    assert [line.split()[0] for line in rest] == ["contradict", "support", "unrelated"]
    assert sum(float(line.split()[1]) for line in rest) == pytest.approx(1.0, abs=0.002)


def test_json_has_the_fields_of_the_contract(stance):
    code, out, _ = stance("predict", "the strike is over", "nobody is back", "--json")
    result = json.loads(out)
    assert code == 0
    assert list(result) == ["label", "probabilities"]
    assert list(result["probabilities"]) == ["contradict", "support", "unrelated"]
    assert result["label"] == max(result["probabilities"], key=result["probabilities"].get)
    assert json.loads(stance("predict", "nobody is back", "the strike is over", "--json")[1]) == result


def test_what_needs_a_person_says_so(stance, monkeypatch):
    for p, said in ((0.5, True), (0.9, False)):
        answer = (p, (1 - p) / 2, (1 - p) / 2)
        monkeypatch.setattr(
            api, "load", lambda _=None, answer=answer, **__: api.Model(FakeScorer(lambda _a, _b: answer))
        )
        assert ("(a person should look)" in stance("predict", "x y", "z")[1]) is said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["one text"], "got 1 texts: give two statements, or --input FILE --output FILE"),
        ([], "got 0 texts"),
        (["a", "  "], "one of the two statements is empty"),
        (["a", "b", "--output", "x.csv"], "--output goes with --input FILE"),
        (["--input", "p.csv"], "--input goes with --output FILE and without A, B and --json"),
        (["--input", "p.csv", "--output", "o.csv", "--json"], "--input goes with"),
        (["a", "b", "--input", "p.csv", "--output", "o.csv"], "--input goes with"),
        (["a", "b", "--nope"], "No such option"),
    ],
)
def test_wrong_usage_of_predict_ends_with_2(stance, arguments, message):
    code, out, err = stance("predict", *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_a_model_that_is_missing_is_one_line_and_1(stance, monkeypatch):
    monkeypatch.undo()
    code, out, err = stance("predict", "a", "b", "--model", "nothing")
    assert (code, out) == (1, "")
    assert one_line(err)
    assert "no model 'nothing'" in err


# predict, a file


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize("names", [("a", "b"), ("premise", "hypothesis")])
def test_a_file_of_pairs_keeps_rows_and_columns_and_gains_the_verdict(stance, ending, names):
    rows = [
        {
            "no": i,
            names[0]: f"text {'word ' * i}one",
            "note": f"n{i}",
            names[1]: f"the other{' text' * (3 - i)}",
        }
        for i in range(4)
    ]
    source = write(f"in.{ending}", rows)
    before = source.read_bytes()
    code, out, err = stance("predict", "--input", source, "--output", f"out.{ending}")
    assert (code, out) == (0, "")
    assert "4 pairs judged -> out" in err
    got = read(f"out.{ending}")
    assert [list(row) for row in got] == [["no", names[0], "note", names[1], *ADDED]] * 4
    for row, given in zip(got, rows, strict=True):
        kept = {k: row[k] for k in given}
        assert kept == ({k: str(v) for k, v in given.items()} if ending == "csv" else given)
        expected = api.load().predict([(given[names[0]], given[names[1]])])[0]
        assert row["label"] == expected.label.value
        assert [float(row[c]) for c in ADDED[1:]] == pytest.approx(
            list(expected.probabilities.as_dict().values()), abs=1e-6
        )
    assert source.read_bytes() == before


def test_formats_may_differ_and_the_first_run_is_no_help_to_the_second(stance):
    source = write("in.csv", [{"a": "one two", "b": "three"}])
    stance("predict", "--input", source, "--output", "out.parquet")
    stance("predict", "--input", source, "--output", "out.jsonl")
    assert read("out.parquet") == read("out.jsonl")


def test_bad_rows_are_named_one_a_line_and_the_good_go_on(stance):
    Path("in.jsonl").write_text('{"a": "x y", "b": "z"}\n{"a": "x"}\nnot json\n{"a": "v", "b": "w"}\n')
    code, out, err = stance("predict", "--input", "in.jsonl", "--output", "out.jsonl")
    assert (code, out) == (0, "")
    assert [row["a"] for row in read("out.jsonl")] == ["x y", "v"]
    refused = [line for line in err.splitlines() if line.startswith("refused: ")]
    assert [line.split(": ")[1] for line in refused] == ["in.jsonl:2", "in.jsonl:3"]
    assert "2 rows refused; the rest went on" in err


def test_strict_stops_at_the_first_bad_row(stance):
    Path("in.jsonl").write_text('{"a": "x y", "b": "z"}\n{"a": "x"}\n')
    code, out, err = stance("predict", "--input", "in.jsonl", "--output", "out.jsonl", "--strict")
    assert (code, out) == (1, "")
    assert one_line(err)
    assert "in.jsonl:2" in err
    assert not Path("out.jsonl").exists()


@pytest.mark.parametrize("column", ADDED)
def test_a_column_that_the_verdict_would_replace_is_refused(stance, column):
    source = write("in.csv", [{"a": "x", "b": "y", column: "gold"}])
    code, _, err = stance("predict", "--input", source, "--output", "out.csv")
    assert code == 1
    assert one_line(err)
    assert f"in.csv: has a column '{column}', which the judgement would replace: rename it" in err
    assert not Path("out.csv").exists()


@pytest.mark.parametrize(
    ("output", "code", "message"),
    [
        ("out.txt", 2, "--output out.txt: the ending must be one of .jsonl, .csv, .parquet"),
        ("out", 2, "the ending must be one of"),
        ("in.csv", 2, "--output in.csv is the --input: rows that are refused would be lost"),
        ("none/out.csv", 1, "none/out.csv: no folder none: make it first"),
        ("dir.csv", 1, "dir.csv: is a folder: name a file to write"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_any_work(stance, monkeypatch, output, code, message):
    write("in.csv", [{"a": "x", "b": "y"}])
    Path("dir.csv").mkdir()
    monkeypatch.setattr(api, "load", lambda *_, **__: pytest.fail("no model is needed"))
    got, out, err = stance("predict", "--input", "in.csv", "--output", output)
    assert (got, out) == (code, "")
    assert one_line(err)
    assert message in err


def test_an_input_that_is_not_there_is_one_line(stance):
    code, _, err = stance("predict", "--input", "none.csv", "--output", "out.csv")
    assert code == 1
    assert one_line(err)
    assert "none.csv: no such file or folder" in err


# extract


def test_statements_go_to_stdout_as_json_lines(stance, articles):
    code, out, err = stance("extract", articles)
    assert (code, err) == (0, "")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["party"] for row in rows] == ["ru", "ua", "ua"]
    assert [row["denies"] for row in rows] == [False, True, False]
    assert rows[0]["said"] == "2025-04-20"


def test_statements_go_to_a_file_in_every_format_and_the_roster_beside_the_articles(stance, articles):
    texts = set()
    for ending in ("jsonl", "csv", "parquet"):
        roster = articles / "parties.yaml"
        code, out, err = stance("extract", articles, "--output", f"s.{ending}", "--roster-out", roster)
        assert (code, out) == (0, "")
        assert f"3 statements -> s.{ending}" in err
        assert "2 parties -> " in err
        texts.add(tuple(row["text"] for row in read(f"s.{ending}")))
    assert len(texts) == 1
    code, out, _ = stance("extract", articles, "--parties", articles / "parties.yaml")
    assert [json.loads(line)["party"] for line in out.splitlines()] == ["ru", "ua", "ua"]


def test_statements_are_not_written_among_the_articles(stance, articles):
    code, _, err = stance("extract", articles, "--output", articles / "s.jsonl")
    assert code == 2
    assert one_line(err)
    assert "lies inside the articles" in err
    code, _, err = stance("extract", write("a.csv", [{"id": "1", "text": TEXTS[0]}]), "--output", "a.csv")
    assert code == 2
    assert "--output a.csv would write over the articles a.csv" in err


def test_an_address_on_the_web_reaches_the_reading_as_it_is(stance, monkeypatch):
    trafilatura = pytest.importorskip("trafilatura")
    asked = []
    monkeypatch.setattr(trafilatura, "fetch_url", asked.append)
    code, out, err = stance("extract", "https://example.org/a//b", "--output", "s.jsonl")
    assert (code, out, asked) == (1, "", ["https://example.org/a//b"])
    assert one_line(err)
    assert "https://example.org/a//b: cannot be fetched" in err


def test_a_roster_that_cannot_be_written_is_refused_first(stance, articles):
    code, out, err = stance("extract", articles, "--roster-out", "none/p.yaml")
    assert (code, out) == (1, "")
    assert "no folder none" in err


# score and report


def test_a_set_is_scored_into_the_files_of_the_contract(stance, articles):
    code, out, err = stance("score", articles, "--output", "runs/one", "--min-closeness", 0)
    assert (code, err) == (0, "")
    files = {path.name for path in Path("runs/one").iterdir()}
    assert files >= {f"{n}.{e}" for n in ("statements", "judgements") for e in ("jsonl", "parquet")}
    assert files >= {"run.json", "report.html"}
    assert "written: runs/one/statements.*, judgements.*, run.json, report.html" in out
    rows = read("runs/one/judgements.jsonl")
    assert {(row["a_party"], row["b_party"]) for row in rows} == {("ru", "ua")}
    assert len(rows) == 2
    assert json.loads(Path("runs/one/run.json").read_text())["counts"]["pairs"] == 2


def test_events_are_written_out_and_can_be_handed_in_again(stance, articles):
    code, _, err = stance("score", articles, "--output", "run", "--min-closeness", 0)
    assert (code, err, read("run/events.jsonl")) == (0, "", [])
    apart = [{"event": name, "articles": [name[-1]]} for name in ("north0", "south1")]
    code, _, err = stance(
        "score", articles, "--output", "run", "--min-closeness", 0, "--events", write("mine.jsonl", apart)
    )
    assert (code, err.splitlines()[1:]) == (0, [])
    assert "settings have changed (events auto -> mine.jsonl)" in err
    assert [(row["event"], row["articles"]) for row in read("run/events.jsonl")] == [
        ("north0", ["0"]),
        ("south1", ["1"]),
    ]
    assert not read("run/judgements.jsonl")
    again = stance("score", articles, "--output", "run", "--min-closeness", 0, "--events", "run/events.jsonl")
    assert again[0] == 0
    assert len(read("run/events.jsonl")) == 2


@pytest.mark.parametrize(
    ("events", "why"), [("mine", "not a file of events"), ("mine.jsonl", "cannot be read")]
)
def test_events_that_cannot_be_read_are_refused_first(stance, articles, events, why):
    code, out, err = stance("score", articles, "--output", "run", "--events", events)
    assert (code, out) == (1, "")
    assert one_line(err)
    assert f"{events}: {why}" in err
    assert not Path("run").exists()


def test_the_page_of_a_finished_run_is_written_again(stance, articles):
    stance("score", articles, "--output", "run")
    page = Path("run/report.html")
    before = page.read_text()
    page.unlink()
    assert stance("report", "run") == (0, "run/report.html\n", "")
    assert page.read_text() == before
    code, out, err = stance("report", articles)
    assert (code, out) == (1, "")
    assert one_line(err)
    assert "no run.json" in err


def test_options_reach_the_run(stance, articles):
    roster = Path("parties.yaml")
    roster.write_text("parties:\n  - {id: r, name: Russia}\n  - {id: u, name: Ukraine}\n")
    stance(
        "score",
        articles,
        "--output",
        "run",
        "--parties",
        roster,
        "--top-k",
        1,
        "--days",
        0,
        "--limit",
        1,
        "--time",
        "strict",
    )
    record = json.loads(Path("run/run.json").read_text())
    assert record["settings"]["top_k"] == 1
    assert record["settings"]["days"] == 0
    assert record["settings"]["time"] == "strict"
    assert record["roster"] == "given"
    assert record["counts"]["pairs"] == 0
    assert [p["id"] for p in record["parties"]] == ["r", "u"]


def test_a_second_run_reads_nothing_again_and_more_articles_only_what_is_new(stance, articles, monkeypatch):
    scorer = FakeScorer(by_words)
    monkeypatch.setattr(api, "load", lambda _name=None, **_: api.Model(scorer))
    out = stance("score", articles, "--output", "run", "--min-closeness", 0)[1]
    assert "2 pairs scored, 0 known from before" in out
    judgements = Path("run/judgements.jsonl").read_bytes()
    asked = len(scorer.calls)
    code, out, err = stance("score", articles, "--output", "run", "--min-closeness", 0)
    assert (code, err, len(scorer.calls)) == (0, "", asked)
    assert "0 pairs scored, 2 known from before" in out
    assert Path("run/judgements.jsonl").read_bytes() == judgements
    (articles / "2.txt").write_text(" date 2025-04-23 Russia said the bridge at Gornal was blown up.")
    out = stance("score", articles, "--output", "run", "--min-closeness", 0)[1]
    assert "2 pairs scored, 2 known from before" in out
    code, out, err = stance("score", articles, "--output", "run", "--min-closeness", 0, "--top-k", 1)
    assert err == "settings have changed (top_k 20 -> 1): pairs are chosen and judged again\n"


def test_two_runs_at_once_are_refused_or_wait(stance, articles):
    assert stance("score", articles, "--output", "run")[0] == 0
    store = RunStore("run")
    with store:
        code, out, err = stance("score", articles, "--output", "run")
        assert (code, out) == (1, "")
        assert one_line(err)
        assert "run: another run (process " in err
        threading.Timer(0.2, store.__exit__, (None, None, None)).start()
        code, _, err = stance("score", articles, "--output", "run", "--wait")
    assert code == 0
    assert "waiting for it to end" in err


def test_wire_copy_is_judged_once_and_named(stance):
    rows = [
        {"id": "r", "text": TEXTS[0], "outlet": "Wire"},
        {"id": "s", "text": TEXTS[0].upper().replace("RUSSIA SAID", "Russia said"), "outlet": "Courier"},
        {"id": "u", "text": TEXTS[1], "outlet": "Post"},
    ]
    code, out, _ = stance("score", write("in.jsonl", rows), "--output", "run", "--min-closeness", 0)
    assert code == 0
    assert "4 statements (1 of them a copy of others, judged once)" in out
    judged = read("run/judgements.jsonl")
    assert len(judged) == 2
    assert {len(row["copies_a"] + row["copies_b"]) for row in judged} == {1}
    assert [row["copy_of"] for row in read("run/statements.parquet")].count(None) == 3
    assert Path("run/report.html").read_text().count("also in: Courier") == 2


def test_limit_cuts_the_table_and_nothing_else(stance, articles):
    long = stance("score", articles, "--output", "long", "--min-closeness", 0)[1]
    short = stance("score", articles, "--output", "short", "--limit", 1, "--min-closeness", 0)[1]
    assert len(short.splitlines()) < len(long.splitlines())
    assert read("short/judgements.jsonl") == read("long/judgements.jsonl")


def test_the_default_of_top_k_is_that_of_pairing():
    [option] = [p for p in score_command.params if p.name == "top_k"]
    assert option.default == TOP_K


def test_refused_articles_are_named_on_stderr(stance, articles):
    (articles / "empty.txt").write_text("")
    code, out, err = stance("score", articles, "--output", "run")
    assert code == 0
    assert "empty.txt: an empty file" in err
    assert "1 row refused; the rest went on" in err
    assert "refused:" not in out


def test_a_run_is_not_written_among_its_articles(stance, articles, tmp_path):
    before = sorted(articles.iterdir())
    (tmp_path / "link").symlink_to(articles)
    for output in (articles, articles / "out", articles / "deep" / "out", tmp_path / "link" / "out"):
        for source in (articles, tmp_path / "link"):
            code, out, err = stance("score", source, "--output", output)
            assert (code, out) == (2, "")
            assert one_line(err)
            assert f"--output {output} lies inside the articles {source}" in err
    assert sorted(articles.iterdir()) == before


def test_a_run_beside_or_above_its_articles_is_fine(stance, articles, tmp_path):
    assert stance("score", articles, "--output", tmp_path)[0] == 0
    assert stance("score", articles, "--output", tmp_path / "articles-run")[0] == 0


def test_a_run_never_replaces_the_articles_it_reads(stance):
    source = write("articles.jsonl", [{"id": "1", "text": TEXTS[0], "extra": "kept"}])
    before = source.read_bytes()
    code, out, err = stance("score", source, "--output", ".")
    assert (code, out) == (2, "")
    assert "--output . would write over the articles articles.jsonl" in err
    assert source.read_bytes() == before
    assert stance("score", source.rename("mine.jsonl"), "--output", ".")[0] == 0


def test_an_output_that_is_a_file_is_refused_before_any_work(stance, articles, monkeypatch):
    Path("out").write_text("mine")
    monkeypatch.setattr(api, "score", lambda *_, **__: pytest.fail("scored before the output was looked at"))
    for output in ("out", "out/inside"):
        code, stdout, err = stance("score", articles, "--output", output)
        assert (code, stdout) == (1, "")
        assert one_line(err)
        assert f"{output}: cannot be used as output folder" in err
    assert Path("out").read_text() == "mine"


def test_nothing_to_read_leaves_no_folder(stance):
    code, out, err = stance("score", "none", "--output", "run")
    assert (code, out) == (1, "")
    assert one_line(err)
    assert not Path("run").exists()


@pytest.mark.parametrize("wrong", [["--top-k", "0"], ["--days", "-1"], ["--limit", "0"], ["--top-k", "many"]])
def test_numbers_out_of_range_are_wrong_usage(stance, articles, wrong):
    assert stance("score", articles, "--output", "run", *wrong)[0] == 2


def test_articles_and_output_are_needed(stance, articles):
    assert stance("score", "--output", "run")[0] == 2
    assert stance("score", articles)[0] == 2
    assert stance("extract")[0] == 2


# the command line as a whole


def test_every_command_of_the_group_has_help(stance):
    code, out, _ = stance("--help")
    assert code == 0
    for name in ("predict", "extract", "score", "evaluate", "train", "report"):
        assert name in out
        code, text, err = stance(name, "-h")
        assert (code, err) == (0, "")
        assert text.startswith("Usage: ")
    assert stance("nothing")[0] == 2


def command(error):
    @click.command()
    def failing():
        click.echo("partly done")
        raise error

    return failing


@pytest.mark.parametrize("kind", [DataError, ModelError])
def test_errors_that_users_can_mend_are_one_line(stance, kind):
    code, out, err = stance(command=command(kind("a.csv:3: no text: add one")))
    assert (code, out, err) == (1, "partly done\n", "error: a.csv:3: no text: add one\n")


def test_an_interruption_ends_with_130(stance):
    code, _, err = stance(command=command(KeyboardInterrupt()))
    assert code == 130
    assert "interrupted" in err


@pytest.mark.parametrize("bug", [RuntimeError("a bug"), ValueError("a bug"), KeyError("a bug")])
def test_bugs_keep_their_traceback(stance, bug):
    with pytest.raises(type(bug), match="a bug"):
        stance(command=command(bug))


def test_a_reader_that_goes_away_is_no_error():
    code = (
        "import click\nfrom stance.cli import run\n@click.command()\ndef many():\n"
        "    for i in range(100000): click.echo(i)\nrun(many)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "0\n"
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode in (0, 1)


def test_the_module_and_train_py_are_the_same_commands():
    module = subprocess.run(
        [sys.executable, "-m", "stance", "train", "--help"], capture_output=True, text=True, check=True
    )
    script = subprocess.run(
        [sys.executable, str(ROOT / "train.py"), "--help"], capture_output=True, text=True, check=True
    )
    assert script.stdout.splitlines()[1:] == module.stdout.splitlines()[1:]
    assert script.stdout.startswith("Usage: train.py")
    assert len((ROOT / "train.py").read_text().splitlines()) <= 40


# progress and notes


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_drawn_on_a_terminal_only(monkeypatch, capsys):
    with progress_bars() as show:
        assert show is None
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bars() as show:
        show("articles", 0, 5)
        show("articles", 5, 5)
        show("pairs", 1, 4)
        time.sleep(0.2)
        show("pairs", 3, 4)
    drawn = terminal.getvalue()
    assert re.search(r"[\d.]+/s", drawn)
    assert "articles" in drawn
    assert "5/5" in drawn
    assert "3/4" in drawn
    assert capsys.readouterr() == ("", "")


def test_at_most_ten_refusals_are_named(capsys):
    note_refused([f"row {i}" for i in range(13)])
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert lines[:2] == ["refused: row 0", "refused: row 1"]
    assert lines[9:] == ["refused: row 9", "refused: 3 more rows", "13 rows refused; the rest went on"]
    note_refused([])
    assert capsys.readouterr() == ("", "")


def test_the_stand_in_scorer_depends_on_the_order():
    # Guards the swap test above: the fake must not be symmetric by itself.
    pair = Pair(Statement("a", "x y", 0, 3, ""), Statement("b", "z", 0, 1, ""))
    assert by_words("x y", "z") != by_words("z", "x y")
    assert judge([pair], FakeScorer(by_words))[0]
