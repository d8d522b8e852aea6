"""An evaluation from pairs to files: what it counts, what it catches, what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from eval_fakes import Fake, Hot, NameBiased, Nan, Permuted, make_examples
from tiny import save_tiny_classifier

from stance.classifier.model import Scores
from stance.cli import cli
from stance.errors import DataError, ModelError
from stance.evaluation import FLOORS, data_sha256
from stance.evaluation.floors import MAX_ROWS
from stance.evaluation.run import (
    SLICE_ROWS,
    SWAPPED_ROWS,
    clusters_of,
    evaluate_examples,
    evaluate_pairs,
    evaluation_lines,
    save_evaluation,
)
from stance.records import LABELS, Example, Label


@pytest.fixture(scope="module")
def examples():
    return make_examples()


@pytest.fixture(scope="module")
def sound(examples):
    return evaluate_examples(examples, Fake(examples))


def no_floors(examples, scorer, **given):
    return evaluate_examples(examples, scorer, floors={}, **given)


# What is counted


def test_a_sound_model_is_near_its_skill_and_well_above_the_floors(sound):
    assert sound.intervals["f1_macro"].low < 0.85 < sound.intervals["f1_macro"].high
    assert set(sound.floors) == set(FLOORS)
    assert all(floor.gain.low > 0.3 for floor in sound.floors.values())
    assert sound.signature.n == sound.metrics.n == 600
    assert sound.signature.data == data_sha256(sound.examples)


def test_label_sets_by_hand():
    class Sure:
        name, hash, symmetric, least = "sure", "0" * 12, False, 0.25
        rows = np.array([[0.7, 0.3, 0.0], [0.8, 0.1, 0.1], [0.8, 0.1, 0.1], [0.4, 0.3, 0.3]])

        def probabilities(self, pairs, **_):
            return Scores(self.rows[[int(a if b == "x" else b) for a, b in pairs]], 0)

    golds = [LABELS[1], LABELS[0], LABELS[2], LABELS[0]]
    rows = [Example(str(i), "x", gold, directed=True) for i, gold in enumerate(golds)]
    found = no_floors(rows, Sure())
    # Sets: the first two labels, the first, the first, all. Right one in: yes, yes, no, yes.
    sets = found.label_sets
    assert (sets.least, sets.holds, sets.single, sets.single_right) == (0.25, 0.75, 0.5, 0.5)
    assert found.to_dict()["label_sets"] == {"least": 0.25, "holds": 0.75, "single": 0.5, "single_right": 0.5}
    [line] = [line for line in evaluation_lines(found) if line.startswith("label sets")]
    assert "75.0 % of pairs; one label in 50.0 %, right in 50.0 % of these" in line


def test_a_model_that_promises_no_sets_shows_none(sound):
    assert sound.label_sets is None
    assert "label_sets" not in sound.to_dict()


def test_equal_input_and_seed_give_equal_numbers(examples, sound):
    again = evaluate_examples(examples, Fake(examples))
    assert again.to_dict() == sound.to_dict()


def test_the_seed_stands_in_the_signature_and_moves_the_intervals(examples):
    one, two = (no_floors(examples, Fake(examples), seed=seed) for seed in (1, 2))
    assert "seed:2" in str(two.signature)
    assert one.metrics == two.metrics
    assert one.intervals != two.intervals


@pytest.mark.parametrize(("counted", "expected"), [(0, 0), (7, 7), (9999, 60)])
def test_truncation_counts_pairs_and_never_both_readings(counted, expected):
    rows = make_examples(60)
    assert no_floors(rows, Fake(rows, truncated=counted)).metrics.truncated == expected


def test_truncation_of_a_real_model_counts_each_long_pair_once(tmp_path):
    folder = save_tiny_classifier(tmp_path / "tiny")
    long = "the village is held by our troops " * 20
    rows = [Example(long, f"{i} dead", LABELS[i % 3], id=str(i)) for i in range(3)]
    rows += [Example("the strike is over", f"{i} workers are back", LABELS[i % 3]) for i in range(4)]
    assert evaluate_pairs(rows, folder).metrics.truncated == 3


def test_a_pair_that_stands_in_the_set_both_ways_is_read_once():
    rows = make_examples(30)
    both = rows + [replace(e, premise=e.hypothesis, hypothesis=e.premise) for e in rows]
    scorer = Fake(rows)
    result = no_floors(both, scorer)
    assert len(scorer.asked) == 60
    assert np.allclose(result.probabilities[:30], result.probabilities[30:])


def test_progress_ends_at_its_total():
    rows = make_examples(30)
    seen = []
    no_floors(rows, Fake(rows), progress=lambda *step: seen.append(step))
    assert seen[0] == ("pairs", 0, 60)
    assert seen[-1] == ("pairs", 60, 60)


class OneWay:
    """Entailment one way, neutral the other, by the order of the texts."""

    name, hash, symmetric = "one way", "0" * 12, False

    def probabilities(self, pairs, *, progress=None):  # noqa: ARG002  # the protocol's
        return Scores(np.array([[0.1, 0.8, 0.1] if a < b else [0.1, 0.1, 0.8] for a, b in pairs]))


def test_a_directed_pair_is_read_one_way_and_a_symmetric_one_as_predict_does():
    rows = [Example("b", "a", Label.UNRELATED, directed=True), Example("b", "a", Label.SUPPORT)]
    result = no_floors(rows, OneWay())
    assert result.metrics.accuracy == 1.0
    assert result.reading == "by row"
    assert result.swap_agreement == result.metrics.swap_agreement == 0.0
    assert result.metrics.swap_gap == pytest.approx(0.7)


@pytest.mark.parametrize(("directed", "reading"), [(True, "premise -> hypothesis"), (False, "both orders")])
def test_the_reading_is_named(directed, reading):
    rows = make_examples(9, directed=directed)
    assert no_floors(rows, Fake(rows)).reading == reading


def test_pairs_of_one_event_stand_together():
    rows = make_examples(90, events=True)
    assert clusters_of(rows)[:4] == ["e0", "e0", "e0", "e1"]
    assert clusters_of(make_examples(3)) is None
    assert evaluate_examples(rows, Fake(rows)).floors


@pytest.mark.parametrize(("n", "tags"), [(10, {}), (60, {"event": "the only one"})])
def test_no_floor_without_anything_to_fit_it_on(n, tags):
    rows = [replace(e, tags=tags) for e in make_examples(n)]
    assert evaluate_examples(rows, Fake(rows)).floors == {}


def test_floors_of_a_large_set_are_measured_on_a_draw_of_it():
    rows = make_examples(MAX_ROWS + 50)
    result = evaluate_examples(rows, Fake(rows), floors={"majority": FLOORS["majority"]})
    assert result.floors["majority"].n == MAX_ROWS
    assert result.metrics.n == MAX_ROWS + 50


def test_slices_are_large_enough_and_worst_first(sound):
    table = sound.slices
    assert min(row.n for row in table.slices) >= SLICE_ROWS == table.min_rows
    estimates = [row.f1_macro.estimate for row in table.slices]
    assert estimates == sorted(estimates)
    assert max(row.n for row in table.slices) < sound.metrics.n
    assert {"topic=t0", "party_a=Norland", "party_pair=Norland / Sudland"} <= {
        row.name for row in table.slices
    }


# What it catches


def test_of_many_directed_pairs_a_draw_is_read_the_other_way_too_and_every_symmetric_one():
    rows = make_examples(SWAPPED_ROWS + 300)
    symmetric = [replace(e, directed=False, premise=f"{e.premise} {i}") for i, e in enumerate(rows[:50])]
    directed = [replace(e, directed=True, premise=f"{e.premise} d{i}") for i, e in enumerate(rows[50:])]
    given, calls = [*symmetric, *directed], []

    class Counting(Fake):
        def probabilities(self, pairs, *, progress=None):
            calls.append(list(pairs))
            return super().probabilities(pairs, progress=progress)

    found = no_floors(given, Counting(given))
    assert [len(pairs) for pairs in calls] == [len(given), len(symmetric) + SWAPPED_ROWS]
    assert {(b, a) for a, b in calls[1]} >= {(e.premise, e.hypothesis) for e in symmetric}
    again = no_floors(given, Fake(given))
    assert found.swap_agreement == again.swap_agreement
    assert (found.probabilities == again.probabilities).all()


def test_permuted_labels_show_in_f1_below_every_floor(examples, sound):
    broken = no_floors(examples, Permuted(examples))
    assert broken.metrics.f1_macro < 0.15 < min(floor.f1_macro for floor in sound.floors.values())
    assert broken.metrics.mcc < -0.2
    assert broken.metrics.pr_auc < 1 / 3


def test_a_temperature_of_three_shows_in_calibration_alone(examples, sound):
    hot = no_floors(examples, Hot(examples))
    assert hot.metrics.confusion == sound.metrics.confusion
    assert hot.metrics.ece > 0.25 > 5 * sound.metrics.ece
    assert hot.metrics.brier > sound.metrics.brier + 0.1
    assert hot.metrics.aurc == sound.metrics.aurc


def test_a_name_bias_shows_in_the_slices_of_that_name(examples, sound):
    biased = no_floors(examples, NameBiased(examples))
    worst = [row.name for row in biased.slices.slices[:5]]
    assert all("Norland" in name for name in worst)
    named = {row.name: row.f1_macro for row in biased.slices.slices}
    clean = {row.name: row.f1_macro for row in sound.slices.slices}
    assert named["party_a=Norland"].high < biased.intervals["f1_macro"].low
    assert named["party_pair=Estmark / Sudland"] == clean["party_pair=Estmark / Sudland"]
    assert biased.field_precision[1].precision.high < sound.field_precision[1].precision.low


# What it refuses, and what it makes of poor data


def test_no_pairs_are_refused(examples):
    with pytest.raises(ValueError, match="no labelled pairs: give at least one"):
        evaluate_examples([], Fake(examples))


def test_nan_is_the_models_fault(examples):
    with pytest.raises(
        ModelError, match=r"fake gives no usable probabilities: .* row 0 .*not a finite number"
    ):
        evaluate_examples(examples, Nan(examples))


@pytest.mark.parametrize("only", list(Label))
def test_one_label_only_works_and_undefined_numbers_are_dashes(only):
    rows = [replace(e, gold=only) for e in make_examples(60)]
    result = evaluate_examples(rows, Fake(rows))
    text = "\n".join(evaluation_lines(result))
    assert "nan" not in text.lower()
    if only is Label.CONTRADICT:
        assert "F1 contradict   0." in text
    else:
        assert "F1 contradict   -" in text
        assert "PR-AUC -, precision at recall 0.8: -" in text
    assert "in the field    -" in text
    json.dumps(result.to_dict(), allow_nan=False)


def test_a_single_pair_works(tmp_path):
    rows = make_examples(1)
    save_evaluation(evaluate_examples(rows, Fake(rows)), tmp_path)
    assert json.loads((tmp_path / "metrics.json").read_text())["metrics"]["n"] == 1


# Lines and files


def test_the_lines_hold_the_worst_slices_and_end_with_the_signature(sound):
    lines = evaluation_lines(sound)
    start = next(i for i, line in enumerate(lines) if line.startswith("worst slices of"))
    shown = [line for line in lines[start + 1 :] if line.startswith("  ")]
    assert [line.split("  ")[1] for line in shown] == [row.name for row in sound.slices.slices[:8]]
    assert lines[-1] == str(sound.signature)


def test_a_tag_cannot_steer_the_terminal():
    rows = [
        replace(e, tags={"topic": "\x1b[31mred\nline"} if i < 50 else {})
        for i, e in enumerate(make_examples(90))
    ]
    text = "\n".join(evaluation_lines(no_floors(rows, Fake(rows))))
    assert "topic= [31mred line" in text
    assert "\x1b" not in text


def test_the_files_say_what_was_measured(tmp_path, sound):
    save_evaluation(sound, tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    numbers = json.loads((folder / "metrics.json").read_text())
    assert numbers["signature"] == str(sound.signature)
    assert len(numbers["slices"]["slices"]) == len(sound.slices.slices)
    rows = [json.loads(line) for line in (folder / "predictions.jsonl").read_text().splitlines()]
    right = sum(row["gold"] == row["label"] for row in rows)
    assert right / len(rows) == pytest.approx(sound.metrics.accuracy)
    assert {"p_contradict", "p_support", "p_unrelated", "premise", "id"} <= set(rows[0])
    assert (folder / "evaluation.html").read_text().startswith("<!doctype html>")


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path, sound):
    (tmp_path / "taken").write_text("")
    with pytest.raises(DataError, match="taken: cannot be made a folder"):
        save_evaluation(sound, tmp_path / "taken")


# The command


def write_pairs(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


GOOD = [
    {"a": "the strike is over", "b": "nobody is back at work", "label": "contradict"},
    {"a": "12 dead", "b": "40 dead", "label": "contradiction"},
    {"a": "the village is ours", "b": "the village is held by our troops", "label": "support"},
]


def test_the_command_prints_writes_and_counts_what_it_left_out(tmp_path, classifier_folder):
    bad = [{"a": "x y", "b": "z", "label": "maybe"}, {"a": "x y", "b": "z"}]
    pairs = write_pairs(tmp_path / "pairs.jsonl", GOOD + bad)
    done = CliRunner().invoke(
        cli,
        [
            "evaluate",
            pairs,
            "--model",
            str(classifier_folder),
            "--output",
            str(tmp_path / "out"),
            "--seed",
            "3",
        ],
    )
    assert done.exit_code == 0, done.output
    assert "macro-F1" in done.output
    assert "seed:3" in done.output
    assert "pairs.jsonl:4: label 'maybe' is not known" in done.output
    assert "pairs.jsonl:5: no label" in done.output
    assert "2 rows refused" in done.output
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "evaluation.html",
        "metrics.json",
        "predictions.jsonl",
    ]


def test_the_command_prints_json(tmp_path, classifier_folder):
    pairs = write_pairs(tmp_path / "pairs.jsonl", GOOD)
    done = CliRunner().invoke(cli, ["evaluate", pairs, "--model", str(classifier_folder), "--json"])
    assert json.loads(done.stdout)["metrics"]["n"] == 3


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ([{"a": "x", "b": "y", "label": "maybe"}], [], "label 'maybe' is not known"),
        ([{"a": "x", "b": "y"}], [], "no column 'label'"),
        ([], [], "no rows"),
        ([*GOOD, {"a": "x", "b": "y", "label": ""}], ["--strict"], "pairs.jsonl:4: no label"),
    ],
)
def test_the_command_refuses_in_one_line(tmp_path, classifier_folder, rows, options, message):
    pairs = write_pairs(tmp_path / "pairs.jsonl", rows)
    done = CliRunner().invoke(cli, ["evaluate", pairs, "--model", str(classifier_folder), *options])
    assert isinstance(done.exception, DataError)
    assert message in str(done.exception)
    assert "\n" not in str(done.exception)


def test_a_set_of_two_labels_says_how_often_the_right_one_of_them_is_likelier():
    rows = [e for e in make_examples(90) if e.gold is not Label.UNRELATED]
    result = no_floors(rows, Fake(rows))
    line = (
        f"{'among present':<16}{result.metrics.accuracy_present:.3f} accuracy between contradict and support"
    )
    assert any(found.startswith(line) for found in evaluation_lines(result))
