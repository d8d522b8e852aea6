"""What `stance evaluate` does beside labelled pairs; those are in tests/evaluation/."""

import json
from functools import partial

import pytest
from fakes import FakeScorer, FakeTagger, by_words

from stance import api
from stance.attribution.tagger import SpanTagger


@pytest.fixture
def stance(monkeypatch, command_line):
    monkeypatch.setattr(api, "load", lambda _name=None, **_: api.Model(FakeScorer(by_words)))
    monkeypatch.setattr(SpanTagger, "load", classmethod(lambda *_: FakeTagger()))

    return partial(command_line, "evaluate")


@pytest.mark.parametrize(
    "arguments", [(), ("--behaviour", "pairs.csv"), ("--behaviour", "--articles", "seeds")]
)
def test_one_thing_is_measured_at_a_time(stance, arguments):
    code, out, err = stance(*arguments)
    assert (code, out) == (2, "")
    assert "give PAIRS, --behaviour or --articles DIR: one of the three" in err


@pytest.mark.parametrize(
    "extra", [("--output", "out"), ("--data-dir", "data"), ("--model", "a", "--model", "b")]
)
def test_the_suite_takes_no_options_of_pairs(stance, extra):
    code, _, err = stance("--behaviour", *extra)
    assert code == 2
    assert "--behaviour and --articles take one --model, no --output and no --data-dir" in err


def test_the_behaviour_suite_is_run_and_signed(stance):
    code, out, _ = stance("--behaviour")
    assert code == 0
    assert "party_swap" in out
    assert out.rstrip().endswith("model:fake@0|seed:0")
    numbers = json.loads(stance("--behaviour", "--json")[1])
    assert numbers["model"] == "fake@0"
    assert 0 < numbers["total"]["failures"] <= numbers["total"]["n"]


def test_article_sets_with_gold_are_measured(stance, tmp_path):
    text = "Rovia said the town of Tarn has fallen.\nKesh said its troops hold the town of Tarn."
    first, second = "the town of Tarn has fallen", "its troops hold the town of Tarn"
    spans = {
        key: (text.index(words), text.index(words) + len(words))
        for key, words in (("a", first), ("b", second))
    }
    (tmp_path / "one.txt").write_text(text)
    (tmp_path / "parties.yaml").write_text("parties:\n  - {id: ro, name: Rovia}\n  - {id: ke, name: Kesh}\n")
    statements = [
        {"id": key, "article_id": "one", "start": start, "end": end, "text": text[start:end], "speaker": who,
         "party": party, "denies": False}
        for (key, (start, end)), who, party in zip(
            spans.items(), ("Rovia", "Kesh"), ("ro", "ke"), strict=True
        )
    ]  # fmt: skip
    pairs = [{"a": "a", "b": "b", "label": "contradict", "note": "-"}]
    pairs = [{"a": "a", "b": "b", "label": "contradict", "note": "-"}]
    gold = {"articles": ["one"], "statements": statements, "pairs": pairs}
    (tmp_path / "gold.json").write_text(json.dumps(gold))
    code, out, _ = stance("--articles", tmp_path)
    assert code == 0
    assert "model:fake@0|tagger:fake-tagger@0" in out
    numbers = json.loads(stance("--articles", tmp_path, "--json")[1])
    assert numbers["sets"][0]["statements"]["f1"] == 1.0


def test_a_folder_without_gold_is_one_line(stance, tmp_path):
    code, out, err = stance("--articles", tmp_path)
    assert (code, out) == (1, "")
    assert "no gold.json here or in a sub-folder" in err
