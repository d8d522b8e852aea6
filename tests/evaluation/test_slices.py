from __future__ import annotations

import json

import numpy as np
import pytest

from stance.evaluation import slice_examples, slice_metrics
from stance.evaluation import surface as text
from stance.records import LABELS, Example, Label

C, S, U = LABELS


def example(premise: str, hypothesis: str = "Rain fell.", gold: Label = U, **tags: str) -> Example:
    return Example(premise, hypothesis, gold, tags=tags)


@pytest.mark.parametrize(
    ("feature", "yes", "no"),
    [
        (
            text.has_negation,
            [
                "It did NOT fall.",
                "They didn't go.",
                "They didn’t go.",
                "No one came.",
                "He left without a word.",
            ],
            ["It fell.", "The notice was read.", "He denied it."],
        ),
        (
            text.has_number,
            ["3 died", "Twenty-five died", "the T-72", "two men"],
            ["one man", "often", "many"],
        ),
        (
            text.has_date,
            ["on Tuesday", "3 May", "in May", "May 3", "in 2022", "on 3.5.22", "it fell today", "Sept 4"],
            ["they may attack", "a march", "200 men", "20224 men", "the sun"],
        ),
        (
            text.has_reporting_verb,
            ["He said so.", "It fell, according to Kyiv.", "Moscow DENIED it.", "allegedly shelled"],
            ["It fell.", "according interest"],
        ),
    ],
)
def test_surface_features(feature: object, yes: list[str], no: list[str]) -> None:
    assert [t for t in yes if not feature(t)] == []  # type: ignore[operator]
    assert [t for t in no if feature(t)] == []  # type: ignore[operator]


def test_overlap_is_the_jaccard_of_content_words() -> None:
    # {bridge, fell, kherson} and {bridge, stands}: 1 of 4
    assert text.overlap("The bridge fell in Kherson", "The BRIDGE stands, it didn't ...") == pytest.approx(
        1 / 4
    )
    assert text.overlap("the", "of") == 0.0
    assert text.overlap("Kyiv fell", "kyiv FELL") == 1.0


def test_length_counts_the_words_of_both_texts() -> None:
    assert text.length_class("a " * 12, "b " * 12) == "short"
    assert text.length_class("a " * 13, "b " * 12) == "medium"
    assert text.length_class("a " * 31, "b " * 30) == "long"


def test_tag_slices_hold_the_right_rows() -> None:
    rows = [
        example("a", domain="sea", phenomena="negation|number"),
        example("b", domain="air", phenomena="number"),
        example("c", domain="sea", phenomena=""),
    ]
    found = slice_examples(rows)
    assert found["domain=sea"].tolist() == [0, 2]
    assert found["phenomena=number"].tolist() == [0, 1]
    assert found["phenomena=negation"].tolist() == [0]
    assert "phenomena=" not in found
    assert list(found) == sorted(found)


def test_party_pairs_know_no_order() -> None:
    rows = [
        example("a", party_a="ru", party_b="ua"),
        example("b", party_a="ua", party_b="ru"),
        example("c", party_a="ua"),
    ]
    assert slice_examples(rows)["party_pair=ru / ua"].tolist() == [0, 1]


def test_automatic_slices_hold_the_right_rows() -> None:
    rows = [
        Example("It did not fall on Monday.", "It fell, he said.", C),
        Example("3 men died.", "4 men died.", C),
        Example("It never fell.", "It didn't fall.", S),
    ]
    found = slice_examples(rows)
    assert {name: found[f"auto:negation={name}"].tolist() for name in ("none", "one", "both")} == {
        "none": [1],
        "one": [0],
        "both": [2],
    }
    assert found["auto:number=both"].tolist() == [1]
    assert found["auto:date=one"].tolist() == [0]
    assert found["auto:reported_speech=one"].tolist() == [0]
    assert found["auto:length=short"].tolist() == [0, 1, 2]


def test_overlap_terciles_part_the_rows() -> None:
    base = [f"word{i}" for i in range(9)]
    rows = [Example(" ".join(base), " ".join(base[: i + 1]), U) for i in range(9)]  # overlap (i + 1) / 9
    found = slice_examples(rows)
    assert [found[f"auto:overlap={name}"].tolist() for name in ("low", "middle", "high")] == [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8],
    ]
    alike = slice_examples([example("Snow fell.")] * 5)
    assert [name for name in alike if name.startswith("auto:overlap")] == ["auto:overlap=low"]


def test_no_examples_have_no_slices() -> None:
    assert slice_examples([]) == {}


def table_case() -> tuple[list[Example], np.ndarray]:
    # 20 rows of "sea" all right, 20 of "air" half wrong, 5 of "land" all wrong (too few to show)
    rows = [example(f"{i}", gold=LABELS[i % 3], domain="sea") for i in range(20)]
    rows += [example(f"{i}", gold=LABELS[i % 3], domain="air") for i in range(20)]
    rows += [example(f"{i}", gold=C, domain="land") for i in range(5)]
    guess = [LABELS.index(row.gold) for row in rows]
    guess = [(g + 1) % 3 if i >= 40 or (i >= 20 and i % 2) else g for i, g in enumerate(guess)]
    return rows, np.eye(3)[guess]


def test_worst_slices_come_first_and_small_ones_are_counted() -> None:
    rows, probabilities = table_case()
    slices = {n: r for n, r in slice_examples(rows).items() if n.startswith("domain")}
    found = slice_metrics(rows, probabilities, slices=slices)
    assert [entry.name for entry in found.slices] == ["domain=air", "domain=sea"]
    assert found.dropped == 1
    air, sea = found.slices
    assert air.accuracy.estimate == pytest.approx(0.5)
    assert air.accuracy.low < 0.5 < air.accuracy.high
    assert (sea.f1_macro.estimate, sea.n, sea.n_contradict) == (1.0, 20, 7)
    assert sea.f1_contradict is not None
    plain = found.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


def test_all_slices_are_measured_by_default_and_none_is_below_the_limit() -> None:
    rows, probabilities = table_case()
    found = slice_metrics(rows, probabilities, n_resamples=50)
    assert {"domain=air", "auto:negation=none", "auto:overlap=low"} <= {entry.name for entry in found.slices}
    assert min(entry.n for entry in found.slices) >= 10
    assert found.dropped + len(found.slices) == len(slice_examples(rows))
    everything = slice_metrics(rows, probabilities, min_rows=1, n_resamples=50)
    assert everything.dropped == 0


def test_clusters_and_verdicts_reach_the_slices() -> None:
    rows, probabilities = table_case()
    slices = {"sea": np.arange(20)}
    wrong = slice_metrics(rows, probabilities, slices=slices, predicted=[U] * len(rows)).slices[0]
    assert wrong.accuracy.estimate == pytest.approx(6 / 20)
    one = slice_metrics(rows, probabilities, slices=slices, clusters=["e"] * len(rows)).slices[0]
    assert (one.accuracy.low, one.accuracy.high) == (0.0, 1.0)


def test_a_slice_without_contradict_has_no_f1_of_it() -> None:
    rows = [example("x", gold=S)] * 12
    found = slice_metrics(rows, np.tile([0.1, 0.8, 0.1], (12, 1)), slices={"all": np.arange(12)})
    assert found.slices[0].f1_contradict is None


def test_slices_that_do_not_fit_are_refused() -> None:
    rows, probabilities = table_case()
    with pytest.raises(ValueError, match=r"slice 'x' names rows 0\.\.45; needed 0\.\.44"):
        slice_metrics(rows, probabilities, slices={"x": np.arange(46)})
    with pytest.raises(ValueError, match="clusters has 2 ids; needed 45, one a pair"):
        slice_metrics(rows, probabilities, clusters=["a", "b"])
    with pytest.raises(ValueError, match=r"probabilities has shape \(3, 3\); needed \(45, 3\)"):
        slice_metrics(rows, probabilities[:3])
