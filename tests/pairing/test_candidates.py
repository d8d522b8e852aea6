import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pytest

from stance.pairing import PairingSettings, candidates, find_candidates, pair_statements
from stance.pairing.closeness import Closeness
from stance.records import Statement

WORDS = ["bridge", "harbour", "village", "troops", "strike", "union", "court", "grain", "dam", "road", "fire"]
PARTIES = ["ru", "ua", "uk", "de", None]


def opposed(a: str, b: str) -> bool:
    return {a, b} != {"ua", "uk"}


def made(seed: int, size: int, *, events: int, dated: float):
    rng = random.Random(seed)
    statements, of = [], []
    for n in range(size):
        text = " ".join(rng.choices(WORDS, k=rng.randint(3, 7)))
        said = date(2025, 1, 1) + timedelta(rng.randrange(60)) if rng.random() < dated else None
        statements.append(
            Statement(f"s{n}", text, 0, len(text), f"a{n}", party=rng.choice(PARTIES), said=said)
        )
        of.append(rng.choice([None, "", *(f"e{i}" for i in range(events))]))
    return statements, of


def by_hand(statements, events, settings):
    """Return pairs and the number considered, pair by pair: what the blocks must come to."""
    spoken = [i for i, s in enumerate(statements) if s.party]
    everyone = np.arange(len(spoken))
    closeness = Closeness([statements[i].text for i in spoken]).towards(everyone)(everyone)
    likeness = dict(zip(spoken, closeness, strict=True))
    place = {i: n for n, i in enumerate(spoken)}
    near = {i: [] for i in spoken}
    considered = 0
    for i, j in combinations(spoken, 2):
        a, b = statements[i], statements[j]
        gap = abs((a.said - b.said).days) if a.said and b.said else 0
        apart = events[i] and events[j] and events[i] != events[j]
        if a.party == b.party or not opposed(a.party, b.party) or apart or gap > (settings.days or 999):
            continue
        considered += 1
        near[i].append((-likeness[i][place[j]], b.id, j))
        near[j].append((-likeness[j][place[i]], a.id, i))
    chosen = {
        (min(i, j), max(i, j))
        for i, others in near.items()
        for closeness, _, j in sorted(others)[: settings.top_k]
        if -closeness >= settings.min_closeness
    }
    return [(f"s{i}", f"s{j}") for i, j in sorted(chosen)], considered


@pytest.mark.parametrize("block", [3, 512])
@pytest.mark.parametrize("days", [None, 5])
@pytest.mark.parametrize(("events", "dated"), [(0, 1.0), (4, 1.0), (4, 0.7), (0, 0.5)])
def test_blocks_by_event_and_time_give_what_all_against_all_gives(monkeypatch, block, days, events, dated):
    monkeypatch.setattr(candidates, "_BLOCK", block)
    monkeypatch.setattr(candidates, "_CELLS", 200)
    settings = PairingSettings(top_k=3, days=days, min_closeness=0.6)
    statements, of = made(events, 90, events=events, dated=dated)
    found = find_candidates(statements, opposed, events=of, settings=settings)
    pairs, considered = by_hand(statements, of, settings)
    assert [(p.a.id, p.b.id) for p in found.pairs] == pairs
    assert found.considered == considered > len(pairs) > 0


def test_what_is_too_far_apart_in_time_is_not_even_compared(monkeypatch):
    monkeypatch.setattr(candidates, "_BLOCK", 8)
    statements, _ = made(1, 200, events=0, dated=1.0)
    compared = []
    choose = candidates._Spoken.choose
    monkeypatch.setattr(
        candidates._Spoken,
        "choose",
        lambda self, rows, columns, settings: (
            compared.append(len(rows) * len(columns)) or choose(self, rows, columns, settings)
        ),
    )
    pair_statements(statements, opposed, settings=PairingSettings(days=1))
    spoken = sum(s.party is not None for s in statements)
    assert 0 < sum(compared) < spoken**2 / 4


def test_a_roster_is_asked_once_for_each_two_parties():
    statements, of = made(2, 60, events=5, dated=1.0)
    asked = []
    find_candidates(statements, lambda a, b: asked.append((a, b)) or opposed(a, b), events=of)
    assert len(asked) == len(set(map(frozenset, asked))) == 6


def test_nothing_to_pair_is_nothing_considered():
    assert find_candidates([], opposed) == candidates.Candidates([], 0)
    assert np.array_equal(candidates._ordinals([]), [])


def test_a_fragment_is_paired_with_nobody():
    a, b, fragment = (
        Statement(name, text, 0, len(text), "x", party=party, fragment=name == "f")
        for name, text, party in (
            ("a", "the town fell", "ru"),
            ("b", "the town held", "ua"),
            ("f", "a lie", "ua"),
        )
    )
    settings = PairingSettings(min_closeness=0.0)
    [pair] = pair_statements([a, b, fragment], opposed, settings=settings)
    assert {pair.a.id, pair.b.id} == {"a", "b"}


def test_pairs_do_not_depend_on_the_order_of_statements():
    statements, of = made(5, 80, events=3, dated=0.8)
    # Twins make ties.
    statements += [replace(s, id=f"t{s.id}") for s in statements[:30]]
    of += of[:30]
    settings = PairingSettings(top_k=2)
    expected = {
        frozenset((p.a.id, p.b.id))
        for p in pair_statements(statements, opposed, events=of, settings=settings)
    }
    turned = pair_statements(statements[::-1], opposed, events=of[::-1], settings=settings)
    assert {frozenset((p.a.id, p.b.id)) for p in turned} == expected
    place = {s.id: n for n, s in enumerate(statements[::-1])}
    places = [(place[p.a.id], place[p.b.id]) for p in turned]
    assert places == sorted(places)
    assert all(a < b for a, b in places)


def test_opponents_without_a_word_in_common_meet_where_the_sense_is_near():
    a, b, c = (
        Statement(party, text, 0, len(text), "x", party=party)
        for party, text in (
            ("ru", "nobody died in the blast"),
            ("ua", "several people were killed by an explosion"),
            ("de", "the budget of the football league"),
        )
    )
    [pair] = pair_statements([a, b, c], opposed)
    assert {pair.a.id, pair.b.id} == {"ru", "ua"}
