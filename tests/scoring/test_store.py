import json
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from fakes import FakeScorer, FakeTagger, by_words

from stance.attribution.linking import Span
from stance.attribution.roster import Roster
from stance.classifier import StanceClassifier
from stance.errors import DataError
from stance.records import Article, Party
from stance.scoring import RunStore, ScoreSettings, load_run, save_run, score_articles, work
from stance.scoring import store as store_module
from stance.scoring.store import Inputs, Readings, model_id, model_name, pair_key, text_key

WORDS = ["village", "bridge", "harbour", "railway", "airfield", "market", "school", "power plant"]
EVERY = ScoreSettings(min_closeness=0.0)


def article(number: int, place: str | None = None) -> Article:
    place = place or WORDS[number % len(WORDS)]
    who, verb = ("Russia", "said") if number % 2 else ("Ukraine", "denied that")
    return Article(
        f"a{number:03}",
        f"{who} {verb} the {place} number {number} was shelled.\n"
        f"{who} said nobody was hurt at number {number}.",
        published=date(2025, 4, 1 + number % 28),
        outlet=f"Paper {number % 3}",
    )


ARTICLES = [article(n) for n in range(12)]


class CountingTagger(FakeTagger):
    def __init__(self):
        self.texts = []

    def tag(self, texts, *, progress=None):
        self.texts += texts
        return super().tag(texts, progress=progress)


class Run:
    """Runs on one folder, and what each asked of the models."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, articles=ARTICLES, *, answer=by_words, model="0", tagger="0", **options):
        self.scorer, self.tagger, self.said = FakeScorer(answer), CountingTagger(), []
        self.scorer.hash, self.tagger.hash = model, tagger
        with RunStore(self.folder, say=self.said.append) as store:
            report = score_articles(
                articles,
                tagger=self.tagger,
                scorer=self.scorer,
                store=store,
                **{"settings": EVERY, **options},
            )
            save_run(report, self.folder)
        return report

    @property
    def read(self):
        return [reading for call in self.scorer.calls for reading in call]


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path / "run")


def same(report, other):
    """Whether two reports are equal in all that does not tell of the run itself."""
    return replace(report, info={}) == replace(other, info={})


def test_a_second_run_asks_nothing_of_a_model_and_ends_the_same(run):
    first = run()
    assert len(run.tagger.texts) == 12
    assert len(run.read) == 2 * first.info["counts"]["scored"] > 0
    views = {f.name: f.read_bytes() for f in run.folder.glob("*.jsonl")}
    second = run()
    assert (run.tagger.texts, run.read, run.said) == ([], [], [])
    assert same(first, second)
    assert {f.name: f.read_bytes() for f in run.folder.glob("*.jsonl")} == views
    counts = second.info["counts"]
    assert (counts["scored"], counts["reused"]) == (0, first.info["counts"]["scored"])
    assert (counts["articles_reused"], first.info["counts"]["articles_reused"]) == (12, 0)
    assert counts["truncated"] == first.info["counts"]["truncated"]


def test_a_run_with_a_store_is_the_run_without(run):
    with_store = run()
    bare = score_articles(ARTICLES, tagger=FakeTagger(), scorer=FakeScorer(by_words), settings=EVERY)
    assert same(with_store, bare)
    assert with_store.info["store_seconds"] >= 0


def test_more_articles_cost_only_their_own_pairs(run):
    first = run(ARTICLES[:8])
    known = set(run.read)
    second = run(ARTICLES)
    assert run.tagger.texts == [a.text for a in ARTICLES[8:]]
    assert run.read
    assert not known & set(run.read)
    new = {s.text for s in second.statements if s.article_id in {a.id for a in ARTICLES[8:]}}
    assert all(a in new or b in new for a, b in run.read)
    assert second.info["counts"]["reused"] == first.info["counts"]["scored"]
    assert same(
        second, score_articles(ARTICLES, tagger=FakeTagger(), scorer=FakeScorer(by_words), settings=EVERY)
    )
    fewer = run(ARTICLES[:8])
    assert run.read == []
    assert same(fewer, first)


def test_a_text_that_stands_in_two_articles_is_tagged_once(run):
    twice = [*ARTICLES, replace(ARTICLES[0], id="again", event="elsewhere")]
    seen = []
    report = run(twice, progress=lambda *step: seen.append(step))
    assert len(run.tagger.texts) == 12
    assert [s.article_id for s in report.statements].count("again") == 2
    assert ("articles", 13, 13) in seen


def test_another_model_says_what_it_invalidates_and_reads_just_that(run):
    run()
    readings = len(run.read)
    run(model="1")
    assert run.said == ["the model is fake@1, it was fake@0: all pairs are read again"]
    assert run.tagger.texts == []
    assert len(run.read) == readings
    pairs = readings // 2
    run(model="0")
    assert run.said == [
        f"the model is fake@0, it was fake@1: all pairs are read again, but for {pairs} "
        "that fake@0 has done here before"
    ]
    assert run.read == []


def test_another_tagger_says_so_and_tags_again(run):
    run()
    run(tagger="1")
    assert run.said == ["the tagger is fake-tagger@1, it was fake-tagger@0: all articles are tagged again"]
    assert len(run.tagger.texts) == 12
    assert run.read == []


def test_a_changed_roster_or_settings_ask_models_only_for_new_pairs(run):
    run()
    roster = Roster((Party("r", "Russia"), Party("u", "Ukraine")))
    report = run(roster=roster)
    assert run.said == [
        "the roster has changed: parties and pairs are worked out again; only new pairs are read"
    ]
    assert (run.tagger.texts, run.read) == ([], [])
    assert {s.party for s in report.statements} == {"r", "u"}
    run(roster=roster, settings=ScoreSettings(min_closeness=0.0, top_k=1, days=3))
    assert run.said == [
        "settings have changed (days None -> 3, top_k 20 -> 1): pairs are chosen and judged again"
    ]
    assert run.read == []


def test_a_store_of_another_version_is_said(run, monkeypatch):
    run()
    monkeypatch.setattr(store_module, "FORMAT", 2)
    run()
    assert run.said == [
        "the store was made by another version of stance: everything is tagged and read again"
    ]
    assert len(run.tagger.texts) == 12


@pytest.mark.parametrize("content", ["{", "[]", '{"settings": 3}', '{"settings": {}}'])
def test_a_damaged_manifest_is_said_and_what_is_stored_still_counts(run, content):
    run()
    manifest = run.folder / "store" / "manifest.json"
    manifest.write_text(content)
    run()
    assert run.said == [f"{manifest}: damaged: what has changed since the last run is not known"]
    assert run.read == []
    assert json.loads(manifest.read_text())["model"] == "fake@0"


def test_a_damaged_part_costs_only_what_it_held(run, monkeypatch):
    monkeypatch.setattr(work, "PAIRS_AT_ONCE", 10)
    first = run()
    parts = sorted(run.folder.glob("store/readings/*/*.parquet"))
    parts[1].write_bytes(parts[1].read_bytes()[:-9])
    assert same(run(), first)
    assert len(run.read) == 20
    assert [line.split(": ")[1] for line in run.said] == ["damaged"]


def test_the_manifest_tells_what_the_run_was_made_of(run):
    run()
    record = json.loads((run.folder / "store" / "manifest.json").read_text())
    assert record["settings"]["min_closeness"] == 0.0
    assert (record["model"], record["tagger"], record["roster"]) == ("fake@0", "fake-tagger@0", "discovered")
    run([*ARTICLES[:-1], replace(ARTICLES[-1], text="Russia said something else was shelled.")])
    other = json.loads((run.folder / "store" / "manifest.json").read_text())
    assert other["articles"] != record["articles"]
    assert {k: v for k, v in other.items() if k != "articles"} == {
        k: v for k, v in record.items() if k != "articles"
    }


def test_a_second_run_at_once_is_refused_and_what_the_first_wrote_stays(run, tmp_path):
    first = run()
    with RunStore(run.folder), pytest.raises(DataError, match=r"another run .process .* is at work here"):
        run()
    assert same(load_run(run.folder), first)
    # On a new folder the lock is taken when there is something to write.
    with RunStore(tmp_path / "new") as store, RunStore(tmp_path / "new") as late:
        inputs = Inputs("", "m@1", "t@1", "discovered", {})
        model = SimpleNamespace(name="m", hash="1")
        store.begin(inputs, model=model, tagger=model)
        with pytest.raises(DataError, match="is at work here"):
            late.begin(inputs, model=model, tagger=model)


def test_nothing_is_made_before_there_is_something_to_write(tmp_path):
    with RunStore(tmp_path / "run"):
        pass
    assert not (tmp_path / "run").exists()


def test_a_store_that_was_not_begun_cannot_be_used(tmp_path):
    with RunStore(tmp_path) as store, pytest.raises(ValueError, match=r"not open; call begin\(\) first"):
        store.tags([b"x" * 16])


def test_what_killed_writers_left_is_gone_after_the_next_run(run):
    run()
    [tags] = run.folder.glob("store/tags/*")
    left = [place / ".0123456789abcdef.tmp" for place in (run.folder, run.folder / "store", tags)]
    for file in left:
        file.write_bytes(b"half")
    run()
    assert not any(file.exists() for file in left)


def test_tags_and_readings_come_back_as_they_were_kept(tmp_path):
    model = SimpleNamespace(name="m", hash="1")
    spans = [[Span("source", 0, 3), Span("content", 9, 2**31 - 1)], [], [Span("cue", 4, 8)]]
    keys = [text_key(text) for text in ("one", "two\ud800", "drei ß")]
    values = np.random.default_rng(3).random((3, 6))
    cut = np.array([[True, False], [False, False], [False, True]])
    with RunStore(tmp_path) as store:
        store.begin(Inputs("", "m", "t", "", {}), model=model, tagger=model)
        store.keep_tags(keys[:2], spans[:2])
        store.keep_tags(keys[2:], spans[2:])
        store.keep_readings(keys, Readings(values, cut))
        assert store.tags([keys[2], text_key("none"), *keys[:2]]) == [spans[2], None, *spans[:2]]
        known, readings = store.readings([keys[1], text_key("none"), keys[0]])
    assert known.tolist() == [True, False, True]
    assert np.array_equal(readings.values, values[[1, 0]])
    assert np.array_equal(readings.cut, cut[[1, 0]])


def test_keys_tell_texts_apart():
    assert pair_key("ab", "c") != pair_key("a", "bc")
    assert pair_key("a", "b") == pair_key("a", "b")
    assert len({text_key("a"), text_key("A"), text_key("a "), text_key("")}) == 4


def test_a_model_is_known_by_its_hash_or_without_one_by_its_name():
    def id_of(name, hash_):
        return model_id(SimpleNamespace(name=name, hash=hash_))

    assert id_of("small", "abc") == id_of("copy of small", "abc") != id_of("small", "abd")
    assert id_of("one/model", "hub") != id_of("other/model", "hub")


def test_what_runs_a_model_tells_its_answers_apart():
    exact, fast = (
        SimpleNamespace(name="small", hash="abc", engine=e) for e in ("torch-fp32", "openvino-int8")
    )
    assert model_id(exact) != model_id(fast)
    assert model_name(fast) == "small@abc (openvino-int8)"
    assert model_name(SimpleNamespace(name="small", hash="abc")) == "small@abc"


def test_inputs_that_are_cut_are_counted_once_now_or_later(run):
    class Cutting(FakeScorer):
        limit = 60

        def probabilities(self, pairs, *, progress=None):
            scores = super().probabilities(pairs, progress=progress)
            scores.truncated = sum(len(a) + len(b) > self.limit for a, b in pairs)
            return scores

    def score():
        scorer = Cutting(by_words)
        with RunStore(run.folder) as store:
            report = score_articles(ARTICLES, tagger=FakeTagger(), scorer=scorer, settings=EVERY, store=store)
        return scorer, report.info["counts"]["truncated"]

    scorer, first = score()
    expected = sum(len(a) + len(b) > 60 for call in scorer.calls for a, b in call)
    assert first == expected > 0
    assert score()[1] == first


def test_a_run_of_a_real_model_that_stops_and_goes_on_is_equal_to_the_last_bit(
    run, classifier_folder, monkeypatch
):
    monkeypatch.setattr(work, "PAIRS_AT_ONCE", 7)
    classifier = StanceClassifier.load(classifier_folder)
    with RunStore(run.folder / "whole") as store:
        whole = score_articles(ARTICLES, tagger=FakeTagger(), scorer=classifier, settings=EVERY, store=store)
    real, calls = StanceClassifier.probabilities, []

    def failing(self, pairs, *, progress=None):
        calls.append(pairs)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(self, pairs, progress=progress)

    monkeypatch.setattr(StanceClassifier, "probabilities", failing)
    for stop in (True, False):
        with RunStore(run.folder / "halved") as store:
            try:
                halved = score_articles(
                    ARTICLES, tagger=FakeTagger(), scorer=classifier, settings=EVERY, store=store
                )
            except KeyboardInterrupt:
                assert stop
    assert same(whole, halved)
    assert halved.info["counts"]["reused"] == 21
    assert len({j.probabilities for j in whole.judgements}) > 7
