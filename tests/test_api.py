import os
import shutil
from dataclasses import astuple

import pytest
from fakes import FakeScorer, FakeTagger, by_words
from tiny import save_tiny_classifier

import stance
from stance import api, weights
from stance.attribution.roster import Roster, roster_yaml
from stance.attribution.tagger import SpanTagger
from stance.classifier import StanceClassifier

PAIRS = [
    ("the village has fallen", "our troops are still in the village"),
    ("the strike is over", "nobody is back at work"),
    ("the army said it was 12 dead", "the army said it was 40 dead"),
]
TEXTS = ["Russia said the village has fallen.", "Ukraine said our troops are still in the village."]


@pytest.fixture(autouse=True)
def shipped(tmp_path_factory, classifier_folder, tagger_folder, monkeypatch):
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(classifier_folder, folder / weights.STANCE_MODEL)
    shutil.copytree(tagger_folder, folder / weights.TAGGER_MODEL)
    monkeypatch.setattr(weights, "shipped_models", lambda: folder)
    return folder


def test_all_that_users_import_is_there_and_sorted():
    assert list(stance.__all__) == sorted(stance.__all__)
    for name in stance.__all__:
        assert getattr(stance, name) is not None
    with pytest.raises(AttributeError, match="module 'stance' has no attribute 'nothing'"):
        getattr(stance, "nothing")  # noqa: B009


def test_completion_knows_the_calls_before_their_first_use():
    assert set(stance.__all__) <= set(dir(stance))


def test_one_pair():
    judgement = stance.predict(*PAIRS[0])
    assert isinstance(judgement, stance.Judgement)
    assert sum(astuple(judgement.probabilities)) == pytest.approx(1.0)
    assert (judgement.pair.a.text, judgement.pair.b.text) == PAIRS[0]


def test_pairs_keep_their_order_and_may_be_swapped():
    model = stance.load()
    judgements = model.predict(PAIRS)
    assert [(j.pair.a.text, j.pair.b.text) for j in judgements] == PAIRS
    turned = model.predict([(b, a) for a, b in PAIRS])
    for there, back in zip(judgements, turned, strict=True):
        assert there.label is back.label
        assert astuple(there.probabilities) == pytest.approx(astuple(back.probabilities), abs=1e-6)
    assert model.predict([]) == []
    assert [j.label for j in model.predict([list(p) for p in PAIRS])] == [j.label for j in judgements]


def test_the_threshold_of_review_can_be_chosen():
    model = api.Model(FakeScorer(by_words))
    assert all(j.needs_review for j in model.predict(PAIRS, review_below=1.0))


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("a", "b"), ("", "b")], "pair 2: text a is '': both sides of a pair need words"),
        ([("a", " \n")], "pair 1: text b is"),
        ([("a", None)], "pair 1: text b is None"),
        (["ab"], "pair 1 is 'ab': two texts are needed"),
        (("a text", "another text"), "pair 1 is 'a text': two texts are needed"),
        ([("a", "b", "c")], "pair 1 is .*: two texts are needed"),
    ],
)
def test_what_is_no_pair_is_refused(pairs, message):
    with pytest.raises(ValueError, match=message):
        api.Model(FakeScorer(by_words)).predict(pairs)


def test_a_model_is_loaded_once_by_whatever_name(shipped, monkeypatch):
    first = stance.load()
    assert stance.load(weights.STANCE_MODEL) is first
    assert stance.load(shipped / weights.STANCE_MODEL) is first
    monkeypatch.chdir(shipped)
    assert stance.load(f"./{weights.STANCE_MODEL}") is first
    assert stance.load(weights.STANCE_MODEL).classifier.name == weights.STANCE_MODEL


def test_a_model_trained_anew_in_its_folder_is_loaded_anew(tmp_path):
    folder = tmp_path / "mine"
    save_tiny_classifier(folder, seed=1)
    before = stance.predict(*PAIRS[0], model=folder)
    save_tiny_classifier(folder, seed=2)
    later = max(f.stat().st_mtime for f in folder.iterdir()) + 5
    os.utime(folder / "config.json", (later, later))
    after = stance.predict(*PAIRS[0], model=folder)
    assert astuple(before.probabilities) != astuple(after.probabilities)


def test_a_relative_name_follows_the_working_folder(tmp_path, monkeypatch):
    probabilities = []
    for seed in (1, 2):
        save_tiny_classifier(tmp_path / str(seed) / "mine", seed=seed)
        monkeypatch.chdir(tmp_path / str(seed))
        probabilities.append(astuple(stance.predict(*PAIRS[0], model="mine").probabilities))
    assert probabilities[0] != probabilities[1]


def test_a_model_that_is_not_there_is_a_model_error():
    with pytest.raises(stance.ModelError, match="no model 'nothing'"):
        stance.predict("a", "b", model="nothing")


@pytest.fixture
def tagger(monkeypatch):
    # A tagger of random weights finds nothing to compare.
    monkeypatch.setattr(api, "_tagger", lambda *_: FakeTagger())


@pytest.mark.usefixtures("tagger")
def test_article_sets_of_every_kind_are_scored_alike(tmp_path):
    import pandas as pd
    from datasets import Dataset

    rows = [{"id": f"a{i}", "text": text} for i, text in enumerate(TEXTS)]
    for row in rows:
        (tmp_path / f"{row['id']}.txt").write_text(f" date 2025-04-26 {row['text']}")
    kinds = [
        [stance.Article(**row) for row in rows],
        tmp_path,
        str(tmp_path),
        pd.DataFrame(rows),
        Dataset.from_list(rows),
    ]
    reports = [stance.score(kind) for kind in kinds]
    for report in reports:
        assert isinstance(report, stance.ScoreReport)
        assert [a.id for a in report.articles] == ["a0", "a1"]
        assert [s.party for s in report.statements] == ["ru", "ua"]
        [judgement] = report.judgements
        assert (judgement.pair.a.text, judgement.pair.b.text) == PAIRS[0]
        assert judgement.label is stance.predict(*PAIRS[0]).label


def test_the_shipped_tagger_is_loaded_once(monkeypatch):
    loads = []
    load = SpanTagger.load
    monkeypatch.setattr(SpanTagger, "load", lambda place: loads.append(place) or load(place))
    for _ in range(2):
        assert stance.score([stance.Article("a", TEXTS[0])]).info["tagger"].startswith("tagger@")
    assert len(loads) == 1


@pytest.mark.usefixtures("tagger")
def test_refused_rows_are_reported_and_strict_ends_the_run(tmp_path):
    (tmp_path / "good.txt").write_text(TEXTS[0])
    (tmp_path / "bad.txt").write_text("")
    report = stance.score(tmp_path)
    [refusal] = report.refused
    assert "bad.txt: an empty file" in refusal
    with pytest.raises(stance.DataError, match=r"bad\.txt: an empty file"):
        stance.score(tmp_path, strict=True)


def test_a_bad_roster_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(stance.DataError, match="cannot read the roster"):
        stance.score(tmp_path / "no articles", tmp_path / "none.yaml")


def test_a_roster_may_be_a_file_a_roster_or_parties(tmp_path):
    roster = Roster((stance.Party("r", "Russia"), stance.Party("u", "Ukraine")))
    file = tmp_path / "parties.yaml"
    file.write_text(roster_yaml(roster), encoding="utf-8")
    assert api.as_roster(None) is None
    for given in (file, str(file), roster, list(roster.parties)):
        assert api.as_roster(given) == roster
    with pytest.raises(ValueError, match="parties share an id: r"):
        api.as_roster([roster.parties[0]] * 2)


@pytest.mark.usefixtures("tagger")
def test_statements_come_with_the_roster_that_was_found():
    seen = []
    articles = [stance.Article(f"a{i}", text) for i, text in enumerate(TEXTS)]
    statements, roster = api.extract_statements(articles, progress=lambda *step: seen.append(step))
    assert [s.party for s in statements] == [p.id for p in roster.parties] == ["ru", "ua"]
    assert seen[-1] == ("articles", 2, 2)
    given = Roster((stance.Party("r", "Russia"),))
    assert api.extract_statements(articles, given)[1] == given


def test_the_classifier_is_there_for_those_who_want_its_probabilities():
    assert isinstance(stance.load().classifier, StanceClassifier)
