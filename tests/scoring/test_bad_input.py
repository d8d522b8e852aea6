"""What is wrong with a large or odd input is said, and what is right about it is kept."""

import json
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes import FakeScorer, FakeTagger, by_words

from stance.errors import DataError
from stance.reading import read_articles
from stance.records import Article
from stance.report import render_page, summary_lines
from stance.scoring import RunStore, ScoreSettings, load_run, save_run, score_articles

RUSSIA = "Russia said the village has fallen."
UKRAINE = "Ukraine denied that the village has fallen."


def scored(articles, folder, refused=()):
    """Score into a folder and return the run as it is read back."""
    with RunStore(folder) as store:
        report = score_articles(
            articles,
            tagger=FakeTagger(),
            scorer=FakeScorer(by_words),
            settings=ScoreSettings(min_closeness=0.0),
            refused=[str(r) for r in refused],
            store=store,
        )
        save_run(report, folder)
    return load_run(folder)


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_one_broken_row_in_ten_thousand(tmp_path, ending):
    source = tmp_path / f"a.{ending}"
    rows = [
        f'{{"id": "{n}", "text": "Words {n}."}}' if ending == "jsonl" else f"{n},Words {n}."
        for n in range(10_000)
    ]
    rows[6_789] = '{"id": "6789", "text": ' if ending == "jsonl" else "6789,Words, and more."
    head = [] if ending == "jsonl" else ["id,text"]
    source.write_text("\n".join([*head, *rows]) + "\n")
    reading = read_articles(source)
    assert len(reading.rows) == 9_999
    assert [article.id for article in reading.rows[6_788:6_790]] == ["6788", "6790"]
    [refusal] = reading.refused
    assert refusal.where == f"{source}:{6_790 + len(head)}"
    with pytest.raises(DataError, match=f":{6_790 + len(head)}: "):
        read_articles(source, strict=True)


def test_a_truncated_parquet_costs_itself_alone(tmp_path):
    for name in ("good", "cut"):
        rows = [{"id": f"{name}{n}", "text": RUSSIA if n % 2 else UKRAINE} for n in range(4)]
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"{name}.parquet")
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(cut.read_bytes()[:-20])
    reading = read_articles(tmp_path)
    assert [article.id for article in reading.rows] == ["good0", "good1", "good2", "good3"]
    [refusal] = reading.refused
    assert str(refusal).startswith(f"{cut}: not a readable Parquet file")
    report = scored(reading.rows, tmp_path / "run", reading.refused)
    assert report.judgements
    assert report.refused == (str(refusal),)
    assert report.info["counts"]["refused"] == 1
    assert "not a readable Parquet file" in render_page(report)


def test_a_folder_with_binary_files_loses_none_of_the_good_ones(tmp_path):
    noise = bytes(range(256)) * 40
    for name in ("photo.jpg", "sound", "broken.txt", "broken.csv", "broken.parquet"):
        (tmp_path / name).write_bytes(noise)
    # Each line of noise would be a refusal of its own.
    (tmp_path / "broken.jsonl").write_bytes(noise.replace(b"\n", b" "))
    (tmp_path / "a.txt").write_text(RUSSIA)
    (tmp_path / "b.txt").write_text(UKRAINE)
    reading = read_articles(tmp_path)
    assert [article.id for article in reading.rows] == ["a", "b"]
    places = [refusal.where.rpartition("/")[2].partition(":")[0] for refusal in reading.refused]
    assert places == ["broken.csv", "broken.jsonl", "broken.parquet", "broken.txt", "photo.jpg", "sound"]
    assert all("\n" not in str(refusal) for refusal in reading.refused)
    assert len(scored(reading.rows, tmp_path / "run").judgements) == 1


def test_an_article_of_a_megabyte_keeps_every_statement_at_its_place(tmp_path):
    filler = "The road was quiet and nothing was to be seen of the convoy that had passed.\n"
    lines = [
        f"{'Russia' if n % 2 else 'Ukraine'} said the bridge number {n} was shelled.\n" for n in range(100)
    ]
    text = "".join(line + filler * 130 for line in lines)
    assert len(text) > 1_000_000
    source = tmp_path / "long.jsonl"
    source.write_text(json.dumps({"id": "long", "text": text}) + "\n")
    report = scored(read_articles(source).rows, tmp_path / "run")
    assert len(report.statements) == 100
    assert all(text[s.start : s.end] == s.text for s in report.statements)
    assert report.judgements
    assert len(render_page(report)) < 3 * len(text)


def test_no_statement_at_all_is_said_with_what_to_try(tmp_path):
    report = scored([Article("quiet", "Nothing was said.")], tmp_path / "run")
    assert (report.statements, report.judgements) == ((), ())
    assert "No statement with a speaker was found in these articles." in summary_lines(report)
    assert "No statement with a speaker was found" in render_page(report)
    assert pq.read_table(tmp_path / "run" / "judgements.parquet").num_rows == 0


def test_one_party_alone_is_said_with_what_to_try(tmp_path):
    articles = [Article(f"r{n}", RUSSIA, published=date(2025, 4, n + 1)) for n in range(3)]
    report = scored(articles, tmp_path / "run")
    assert len(report.statements) == 3
    assert report.judgements == ()
    [line] = [line for line in summary_lines(report) if line.startswith("No two opposing parties")]
    assert line.endswith("fewer than two parties speak in these articles.")
    assert "No two opposing parties were found" in render_page(report)
