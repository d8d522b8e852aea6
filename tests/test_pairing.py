from datetime import date
from itertools import combinations

import pytest

from stance.pairing import PairingSettings, pair_statements
from stance.records import Statement

WORDS = [
    "the village of Gornal has fallen",
    "Gornal is still held by our troops",
    "the bridge was blown up",
    "nobody blew up the bridge at Gornal",
    "the harvest was good this year",
]


def say(number: int, party: str | None, *, text: str | None = None, said: date | None = None) -> Statement:
    text = WORDS[number % len(WORDS)] if text is None else text
    return Statement(f"s{number}", text, 0, len(text), f"article{number}", party=party, said=said)


def opposed(a: str, b: str) -> bool:
    return a != b and {a, b} != {"ua", "uk"}


EVERY = PairingSettings(min_closeness=0.0)


def ids(pairs):
    return [(p.a.id, p.b.id) for p in pairs]


def test_only_opposing_parties_meet_and_each_pair_once():
    statements = [say(i, party) for i, party in enumerate(["ru", "ua", "uk", "ru", "ua"])]
    expected = [(a.id, b.id) for a, b in combinations(statements, 2) if opposed(a.party or "", b.party or "")]
    assert ids(pair_statements(statements, opposed, settings=EVERY)) == expected
    assert ("s1", "s2") not in expected
    assert ("s0", "s3") not in expected


def test_a_party_never_meets_itself_whatever_the_roster_says():
    assert pair_statements([say(0, "ru"), say(1, "ru")], lambda _a, _b: True) == []


def test_statements_without_a_party_stay_alone():
    statements = [say(0, "ru"), say(1, None), say(2, "ua")]
    assert ids(pair_statements(statements, opposed, settings=EVERY)) == [("s0", "s2")]
    assert pair_statements([say(0, "ru"), say(1, None)], opposed) == []


def test_nothing_in_gives_nothing_out():
    assert pair_statements([], opposed) == []


def test_events_are_kept_apart_and_an_unknown_one_meets_all():
    statements = [say(0, "ru"), say(1, "ua"), say(2, "ua"), say(3, "ua"), say(4, "ua")]
    events = ["kursk", "kursk", "strike", None, ""]
    assert ids(pair_statements(statements, opposed, events=events, settings=EVERY)) == [
        ("s0", "s1"),
        ("s0", "s3"),
        ("s0", "s4"),
    ]


def test_one_event_for_each_statement_is_needed():
    with pytest.raises(ValueError, match="1 events for 2 statements: one each is needed"):
        pair_statements([say(0, "ru"), say(1, "ua")], opposed, events=["kursk"])


@pytest.mark.parametrize(("days", "met"), [(None, [1, 2, 3]), (3, [1, 2, 3]), (2, [1, 3]), (0, [3])])
def test_the_window_of_days_and_unknown_dates(days, met):
    statements = [
        say(0, "ru", said=date(2025, 3, 1)),
        say(1, "ua", said=date(2025, 2, 27)),
        say(2, "ua", said=date(2025, 3, 4)),
        say(3, "ua", said=None),
    ]
    pairs = pair_statements(statements, opposed, settings=PairingSettings(days=days, min_closeness=0.0))
    assert ids(pairs) == [("s0", f"s{i}") for i in met]


def test_top_k_keeps_the_closest():
    near, far = "Gornal has fallen to our troops", "the harvest was good"
    statements = [say(0, "ru", text="the village of Gornal has fallen"), say(1, "ua", text=far)]
    statements += [say(2, "ua", text=near), say(3, "ru", text="a good harvest was brought in")]
    pairs = pair_statements(statements, opposed, settings=PairingSettings(top_k=1))
    assert ids(pairs) == [("s0", "s2"), ("s1", "s3")]


def test_top_k_bounds_the_pairs_and_equal_ones_are_taken_by_id():
    statements = [say(0, "ru")] + [say(i, "ua", text="the very same words") for i in range(1, 8)]
    # Each of the seven brings its one opponent; that one brings three, which are among the seven.
    assert (
        len(pair_statements(statements, opposed, settings=PairingSettings(top_k=3, min_closeness=0.0))) == 7
    )
    many = [say(i, "ru", text="the same words") for i in range(6)]
    many += [say(i, "ua", text="the same words") for i in range(6, 12)]
    pairs = ids(pair_statements(many, opposed, settings=PairingSettings(top_k=2, min_closeness=0.0)))
    assert all((f"s{i}", f"s{j}") in pairs for i in range(6) for j in (10, 11))
    assert len(pairs) == 6 * 2 + 6 * 2 - 2 * 2


def test_opponents_with_nothing_in_common_meet_only_when_all_are_wanted():
    statements = [say(0, "ru", text="Nobody hurt"), say(1, "ua", text="The harvest was good")]
    assert pair_statements(statements, opposed) == []
    assert ids(pair_statements(statements, opposed, settings=EVERY)) == [("s0", "s1")]


@pytest.mark.parametrize("texts", [("they will not do that", "we have done this"), ("…!?", "??")])
def test_texts_of_stop_words_or_signs_alone_are_paired(texts):
    statements = [
        say(i, party, text=text) for i, (party, text) in enumerate(zip(("ru", "ua"), texts, strict=True))
    ]
    assert ids(pair_statements(statements, opposed, settings=EVERY)) == [("s0", "s1")]


def test_the_choice_is_deterministic_and_blocks_are_irrelevant(monkeypatch):
    statements = [say(i, "ru" if i % 3 else "ua", text=f"{WORDS[i % 5]} {i % 7}") for i in range(40)]
    before = list(statements)
    settings = PairingSettings(top_k=3)
    whole = pair_statements(statements, opposed, settings=settings)
    assert pair_statements(statements, opposed, settings=settings) == whole
    monkeypatch.setattr("stance.pairing.candidates._BLOCK", 7)
    assert pair_statements(statements, opposed, settings=settings) == whole
    assert statements == before
    assert len(ids(whole)) == len(set(map(frozenset, ids(whole))))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"top_k": 0}, "top_k is 0: at least 1 opponent per statement is needed"),
        ({"days": -1}, "days is -1: a gap of 0 days or more is needed"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        PairingSettings(**settings)
