"""The queries of docs/runs.md, as they stand there, on a run."""

import re
from datetime import date
from pathlib import Path

import pytest
from fakes import FakeScorer, FakeTagger

from stance.records import Article, Label
from stance.scoring import RunStore, ScoreSettings, save_run, score_articles

duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed: it is in the extra 'dev'")
DOCS = Path(__file__).parents[2] / "docs" / "runs.md"
SAID = ("12 people died in the town", "nobody died in the town", "40 people died in the town")
ARTICLES = [
    Article("r1", f"Russia said {SAID[0]}.", outlet="Post", published=date(2025, 4, 26)),
    Article("r2", f"Russia said {SAID[0]}.", outlet="Wire", published=date(2025, 4, 26)),
    Article("u1", f"Ukraine said {SAID[1]}.", outlet="Post", published=date(2025, 4, 26)),
    Article("u2", f"Ukraine said {SAID[2]}.", outlet="Wire", published=date(2025, 4, 27)),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    with RunStore(folder) as store:
        report = score_articles(
            ARTICLES,
            tagger=FakeTagger(),
            scorer=FakeScorer(lambda _a, _b: (0.9, 0.05, 0.05)),
            settings=ScoreSettings(min_closeness=0.0),
            store=store,
        )
        save_run(report, folder)
    assert len(report.labelled(Label.CONTRADICT)) == 2
    return folder


def queries() -> dict[str, str]:
    """Return each query of the page by the comment before it."""
    [block] = re.findall(r"```sql\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    parts = [part.strip().partition("\n") for part in block.split("-- ") if part.strip()]
    return {title.strip(): sql for title, _, sql in parts}


def asked(folder, title):
    [sql] = [sql for name, sql in queries().items() if name.startswith(title)]
    return duckdb.sql(sql.replace("DIR", str(folder))).fetchall()


def test_every_query_of_the_page_runs(folder):
    assert len(queries()) == 5
    for sql in queries().values():
        assert duckdb.sql(sql.replace("DIR", str(folder))).fetchall()


def test_contradictions_by_parties(folder):
    [(a, b, n)] = asked(folder, "contradictions by pair of parties")
    assert ({a, b}, n) == ({"ru", "ua"}, 2)


def test_what_is_contradicted_most_with_its_copies(folder):
    rows = asked(folder, "what is contradicted most")
    assert rows == [(SAID[0], 2, 1)]


def test_statements_with_their_articles_leave_copies_out(folder):
    rows = asked(folder, "statements with their articles")
    assert {(outlet, text) for _, outlet, _, text in rows} == {
        ("Post", SAID[0]),
        ("Post", SAID[1]),
        ("Wire", SAID[2]),
    }


def test_numbers_that_clash(folder):
    assert {row[2:] for row in asked(folder, "contradictions that turn on numbers")} >= {
        (12.0, 40.0, "person killed")
    }


def test_the_store_has_a_row_for_each_pair_of_texts(folder):
    assert asked(folder, "rows of the store") == [(2,)]
