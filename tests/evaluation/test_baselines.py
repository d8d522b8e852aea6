from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest

from stance.evaluation import (
    FLOORS,
    compute_metrics,
    cross_fit,
    embedding_cosine,
    majority,
    tfidf_negation,
    word_overlap,
)
from stance.records import LABELS, Example, Label

C, S, U = LABELS
PLACES = [
    "Kherson",
    "Izium",
    "Lyman",
    "Bakhmut",
    "Avdiivka",
    "Kupiansk",
    "Vuhledar",
    "Robotyne",
    "Sumy",
    "Kreminna",
]
THINGS = ["bridge", "depot", "airfield", "station", "hospital", "dam"]


def world(places: Sequence[str]) -> list[Example]:
    """Support: nearly the same words; contradict: the same with a negation; unrelated: other words."""
    rows = []
    for place in places:
        for thing in THINGS:
            said = f"The {thing} near {place} fell overnight"
            rows += [
                Example(said, f"The {thing} near {place} fell", S),
                Example(said, f"The {thing} near {place} never fell overnight", C),
                Example(said, "Grain prices rose across southern ports", U),
            ]
    return rows


TRAIN, TEST = world(PLACES[:7]), world(PLACES[7:])


def accuracy(rows: Sequence[Example], probabilities: np.ndarray) -> float:
    return compute_metrics([row.gold for row in rows], probabilities).accuracy


def toy_encoder(texts: list[str]) -> np.ndarray:
    vectors = np.zeros((len(texts), 64))
    for row, text in enumerate(texts):
        for word in text.lower().split():
            vectors[row, sum(map(ord, word)) % 64] += 1
    return vectors


@pytest.mark.parametrize("floor", [*FLOORS.values(), partial(embedding_cosine, encode=toy_encoder)])
def test_floors_answer_with_probabilities_in_row_order(floor: object) -> None:
    found = floor(TEST, TRAIN)  # type: ignore[operator]
    assert found.shape == (len(TEST), 3)
    assert found.sum(axis=1) == pytest.approx(np.ones(len(TEST)))
    assert (found > 0).all()
    assert np.array_equal(floor(TEST[::-1], TRAIN), found[::-1])  # type: ignore[operator]
    assert floor([], TRAIN).shape == (0, 3)  # type: ignore[operator]
    with pytest.raises(ValueError, match="gold of train is empty; needed at least one labelled pair"):
        floor(TEST, [])  # type: ignore[operator]


def test_majority_is_the_label_shares_of_train() -> None:
    train = [Example("a", "b", label) for label in (S, S, S, C)]
    # counts (1, 3, 0) with one added each: 2, 4, 1 of 7
    assert majority(TEST[:2], train) == pytest.approx(np.array([[2, 4, 1], [2, 4, 1]]) / 7)


def test_word_overlap_learns_its_bands() -> None:
    # Overlap parts unrelated (0) from the rest, and the shorter support text from the negated full one.
    assert accuracy(TEST, word_overlap(TEST, TRAIN)) == 1.0


def test_word_overlap_bands_by_hand() -> None:
    # Train overlaps: 1 (S, S), 1/3 (C), 0 (U, U). Cuts fall between; shares are counts + 1 over total + 3.
    train = [
        Example("alpha beta", "alpha beta", S),
        Example("gamma delta", "gamma delta", S),
        Example("alpha beta", "alpha gamma", C),
        Example("alpha", "beta", U),
        Example("gamma", "delta", U),
    ]
    found = word_overlap([train[0], train[2], train[3]], train)
    assert found == pytest.approx(np.array([[1, 3, 1], [2, 1, 1], [1, 1, 3]]) / np.array([[5], [4], [5]]))


def test_tfidf_negation_tells_contradict_by_the_negation() -> None:
    found = tfidf_negation(TEST, TRAIN)
    assert accuracy(TEST, found) == 1.0
    negated_twice = [Example("The dam near Sumy never fell", "The dam near Sumy did not fall", S)]
    assert tfidf_negation(negated_twice, TRAIN).argmax() == LABELS.index(S)


def test_embedding_cosine_calls_the_encoder_once_with_distinct_texts() -> None:
    calls: list[list[str]] = []

    def encode(texts: list[str]) -> np.ndarray:
        calls.append(texts)
        return toy_encoder(texts)

    found = embedding_cosine(TEST, TRAIN, encode=encode)
    assert accuracy(TEST, found) >= 0.9
    assert len(calls) == 1
    assert len(set(calls[0])) == len(calls[0])


def test_embedding_length_does_not_matter_and_empty_vectors_do_no_harm() -> None:
    plain = embedding_cosine(TEST, TRAIN, encode=toy_encoder)
    longer = embedding_cosine(TEST, TRAIN, encode=lambda texts: 4 * toy_encoder(texts))
    assert longer == pytest.approx(plain)
    nothing = embedding_cosine(TEST, TRAIN, encode=lambda texts: np.zeros((len(texts), 3)))
    assert np.isfinite(nothing).all()


@pytest.mark.parametrize("bad", [np.zeros(3), np.zeros((2, 4)), np.full((1, 4), np.nan)])
def test_a_bad_encoder_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(
        ValueError, match=r"encode returned an array of shape .* for \d+ texts; needed finite"
    ):
        embedding_cosine(TEST, TRAIN, encode=lambda _: bad)


def test_cross_fit_answers_each_row_from_the_other_folds() -> None:
    seen: list[tuple[set[str], set[str]]] = []

    def spy(examples: Sequence[Example], train: Sequence[Example]) -> np.ndarray:
        seen.append(({e.premise for e in examples}, {e.premise for e in train}))
        return np.tile([0.2, 0.3, 0.5], (len(examples), 1))

    events = [row.premise for row in TEST]
    found = cross_fit(spy, TEST, clusters=events)
    assert found == pytest.approx(np.tile([0.2, 0.3, 0.5], (len(TEST), 1)))
    assert len(seen) == 5
    for answered, known in seen:
        assert not answered & known
    assert set.union(*(answered for answered, _ in seen)) == set(events)


def test_cross_fit_repeats_with_its_seed_and_is_a_fair_floor() -> None:
    first = cross_fit(word_overlap, TEST, seed=1)
    assert np.array_equal(first, cross_fit(word_overlap, TEST, seed=1))
    assert accuracy(TEST, first) > 0.9
    assert accuracy(TEST, cross_fit(majority, TEST)) < 0.5


@pytest.mark.parametrize(("rows", "folds", "clusters"), [(1, 5, None), (6, 1, None), (6, 5, ["e"] * 6)])
def test_cross_fit_needs_two_of_both(rows: int, folds: int, clusters: list[str] | None) -> None:
    with pytest.raises(ValueError, match=r"got \d folds over \d rows or clusters; needed at least 2 of both"):
        cross_fit(majority, TEST[:rows], folds=folds, clusters=clusters)


def test_more_folds_than_rows_leaves_one_out() -> None:
    rows = [Example("a", "b", label) for label in (C, C, C, U)]
    found = cross_fit(majority, rows, folds=10)
    # the last row is answered from three contradict: 4, 1, 1 of 6
    assert found[3] == pytest.approx(np.array([4, 1, 1]) / 6)


def test_label_order_of_rows_in_train_does_not_matter() -> None:
    for floor in FLOORS.values():
        assert floor(TEST, TRAIN[::-1]) == pytest.approx(floor(TEST, TRAIN))


def test_single_label_training_is_survived() -> None:
    train: list[Example] = [Example(r.premise, r.hypothesis, Label.SUPPORT) for r in TRAIN[:6]]
    for floor in FLOORS.values():
        assert (floor(TEST[:4], train).argmax(axis=1) == LABELS.index(S)).any()
