"""Several models on the same pairs: what differs, how surely, and where."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from eval_fakes import Fake, Permuted, make_examples
from tiny import save_tiny_classifier

from stance.cli import cli
from stance.errors import ModelError
from stance.evaluation import compare
from stance.evaluation.compare_models import (
    compare_models,
    compare_pairs,
    model_titles,
    save_comparison,
)
from stance.evaluation.lines import SIDE_BY_SIDE, comparison_lines
from stance.evaluation.run import evaluate_examples


@pytest.fixture(scope="module")
def examples():
    return make_examples(300)


@pytest.fixture(scope="module")
def result(examples):
    weak = Fake(examples, name="weak", skill=0.6, seed=2, digest="b" * 12)
    return compare_models(examples, [Fake(examples, name="base"), weak, Permuted(examples, name="odd")])


def test_each_model_is_measured_as_it_would_be_alone(examples, result):
    alone = evaluate_examples(examples, Fake(examples, name="base"))
    assert result.evaluations[0].to_dict() == alone.to_dict()
    assert result.titles == ("base", "weak", "odd")


def test_each_is_set_against_the_first(examples, result):
    assert [(v.model, v.base) for v in result.versus] == [("weak", "base"), ("odd", "base")]
    base, weak, _ = result.evaluations
    expected = compare([e.gold for e in examples], weak.probabilities, base.probabilities)
    assert result.versus[0].comparison == expected
    difference = result.versus[0].comparison.differences[0]
    assert difference.difference == pytest.approx(weak.metrics.f1_macro - base.metrics.f1_macro)
    assert difference.high < 0
    assert result.versus[0].comparison.mcnemar.p < 0.001


def test_a_model_against_itself_differs_in_nothing(examples):
    same = compare_models(examples, [Fake(examples), Fake(examples)])
    found = same.versus[0].comparison
    assert same.titles == ("fake@aaaaaaaa", "fake@aaaaaaaa (2)")
    assert (found.agreement, found.mcnemar.p, found.differing) == (1.0, 1.0, ())
    assert all(row.p == 1.0 and row.low == row.high == 0.0 for row in found.differences)


def test_titles_are_told_apart_by_hash_where_names_repeat(examples):
    scorers = [
        Fake(examples, name=n, digest=d * 12) for n, d in (("best", "a"), ("best", "b"), ("other", "c"))
    ]
    assert model_titles(scorers) == ("best@aaaaaaaa", "best@bbbbbbbb", "other")


def test_one_model_is_no_comparison(examples):
    with pytest.raises(ValueError, match="got 1 scorers to compare; needed at least 2"):
        compare_models(examples, [Fake(examples)])


def test_the_pairs_that_differ_most_come_with_their_texts(result):
    rows = result.differing(result.versus[1])
    assert len(rows) == 20
    assert [row["distance"] for row in rows] == sorted((row["distance"] for row in rows), reverse=True)
    by_id = {e.id: e for e in result.evaluations[0].examples}
    for row in rows:
        assert row["premise"] == by_id[row["id"]].premise
        assert row["gold"] == by_id[row["id"]].gold.value
        assert row["a"] != row["b"]


def test_the_lines_show_every_number_every_test_and_both_signatures(result):
    lines = comparison_lines(result)
    text = "\n".join(lines)
    for title, _ in SIDE_BY_SIDE:
        assert sum(line.startswith(f"{title:<22}") for line in lines) == 1
    assert "B - A" in lines
    assert "C - A" in lines
    assert "McNemar" in text
    assert "kappa" in text
    assert lines[-3:] == [str(e.signature) for e in result.evaluations]


def test_the_files_hold_every_model(tmp_path, result):
    save_comparison(result, tmp_path)
    numbers = json.loads((tmp_path / "metrics.json").read_text())
    assert [model["title"] for model in numbers["models"]] == ["base", "weak", "odd"]
    assert [(c["a"], c["b"]) for c in numbers["comparisons"]] == [("weak", "base"), ("odd", "base")]
    rows = [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text().splitlines()]
    assert len(rows) == 900
    assert [row["model"] for row in rows[::300]] == ["base", "weak", "odd"]


def test_models_are_loaded_by_label_name(tmp_path, examples, classifier_folder):
    renamed = save_tiny_classifier(tmp_path / "same", names=("NEUTRAL", "refutes", "supports"))
    found = compare_pairs(examples[:20], [classifier_folder, renamed]).versus[0].comparison
    assert found.agreement == 1.0


def test_a_model_without_label_names_ends_the_run(tmp_path, examples, classifier_folder):
    nameless = save_tiny_classifier(tmp_path / "nameless", names=("LABEL_0", "LABEL_1", "LABEL_2"))
    with pytest.raises(ModelError, match="label name 'LABEL_0' is unknown"):
        compare_pairs(examples[:20], [classifier_folder, nameless])


def test_the_command_compares_when_two_models_are_given(tmp_path, classifier_folder):
    other = save_tiny_classifier(tmp_path / "other", seed=5)
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text(
        "".join(
            json.dumps({"a": f"{n} dead", "b": "the strike is over", "label": label}) + "\n"
            for n in (12, 40)
            for label in ("contradict", "support", "unrelated")
        )
    )
    models = ["--model", str(classifier_folder), "--model", str(other)]
    done = CliRunner().invoke(cli, ["evaluate", str(pairs), *models, "--output", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "B - A" in done.output
    assert "differ" in (tmp_path / "out" / "evaluation.html").read_text()
    asked = CliRunner().invoke(cli, ["evaluate", str(pairs), *models, "--json"])
    assert set(json.loads(asked.stdout)) == {"models", "comparisons"}
