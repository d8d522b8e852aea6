from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from stance.pairing import events as events_module
from stance.pairing import find_events
from stance.reading import read_articles
from stance.records import Article

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture(scope="module")
def seeds():
    return list(read_articles(SEEDS).rows)


def bare(articles):
    return [replace(a, event=None) for a in articles]


def parted(articles, found):
    """Return the groups as sets of article ids."""
    return {frozenset(a.id for a, e in zip(articles, found, strict=True) if e == event) for event in found}


def strike(name: str, town: str, day: int, *, event: str | None = None, people: str = "Olsen and Marlow"):
    text = (
        f"Dockers in {town} stayed away from work, and the mayor of {town} said that the port was shut. "
        f"Talks between {people} went on in {town} all day."
    )
    return Article(name, text, f"Strike in {town}", published=date(2025, 3, day), event=event)


def test_six_sets_scored_together_are_six_events(seeds):
    expected = parted(seeds, [a.event for a in seeds])
    assert len(expected) == 6
    assert parted(seeds, find_events(bare(seeds))) == expected
    undated = [replace(a, published=None) for a in bare(seeds)]
    assert parted(seeds, find_events(undated)) == expected


def test_a_set_alone_is_one_event(seeds):
    for event in {a.event for a in seeds}:
        own = bare(a for a in seeds if a.event == event)
        assert len(set(find_events(own))) == 1


def test_a_strike_in_one_town_is_no_strike_in_another():
    articles = [strike(f"{town}{n}", town, n) for n in (1, 2, 3) for town in ("Gornal", "Tarvik")]
    found = find_events(articles)
    assert parted(articles, found) == {
        frozenset(f"{town}{n}" for n in (1, 2, 3)) for town in ("Gornal", "Tarvik")
    }
    assert set(found) == {"Gornal Marlow 2025-03-01", "Tarvik Marlow 2025-03-01"}


def test_the_same_town_months_later_is_another_event():
    early = [strike("a1", "Gornal", 1), strike("a2", "Gornal", 3)]
    late = [replace(a, id=f"b{a.id}", published=a.published + timedelta(90)) for a in early]
    found = find_events([*early, *late])
    assert found[0] == found[1] != found[2] == found[3]
    assert len(set(find_events([*early, *late], days=120))) == 1


def test_given_events_stay_and_take_in_what_is_alike():
    articles = [
        strike("a", "Gornal", 1, event="north"),
        strike("b", "Gornal", 2, event="south"),
        strike("c", "Tarvik", 2, event="tarvik"),
        strike("d", "Tarvik", 3),
    ]
    assert find_events(articles) == ["north", "south", "tarvik", "tarvik"]


def test_the_order_of_articles_is_irrelevant(seeds):
    articles = bare(seeds)
    found = dict(zip((a.id for a in articles), find_events(articles), strict=True))
    for turned in (articles[::-1], articles[7:] + articles[:7]):
        assert find_events(turned) == [found[a.id] for a in turned]


def test_an_article_without_names_has_no_event():
    plain = Article("p", "it rained all day and nobody came", published=date(2025, 3, 1))
    assert find_events([strike("a", "Gornal", 1), strike("b", "Gornal", 2), plain])[2] is None
    assert find_events([plain]) == [None]
    assert find_events([]) == []


def test_a_group_does_not_take_the_name_of_a_given_event():
    group = [strike("a1", "Gornal", 1), strike("a2", "Gornal", 2)]
    [name] = set(find_events(group))
    given = replace(strike("z", "Gornal", 1), published=date(2024, 1, 1), event=name)
    assert find_events([*group, given]) == [f"{name} (2)", f"{name} (2)", name]


def test_a_chain_of_neighbours_does_not_join_what_is_far_apart(monkeypatch):
    """Each article shares its names with the next; the ends share none."""
    places = ["Gornal", "Tarvik", "Osk", "Sund", "Varro", "Kestrel", "Redwick", "Ardmoor"]
    articles = [
        Article(
            f"a{n}",
            f"In {here} and in {there} it was quiet, and from {here} to {there} the road was open.",
            published=date(2025, 3, 1),
        )
        for n, (here, there) in enumerate(pairwise(places))
    ]
    guarded = find_events(articles)
    assert guarded[0] != guarded[-1]
    monkeypatch.setattr(events_module._Groups, "_on_average", lambda *_: 2.0)
    assert len(set(find_events(articles))) == 1


def test_the_average_is_that_of_all_pairs(seeds):
    articles = sorted(bare(seeds), key=events_module._age)
    names = events_module._names([a.text for a in articles], [a.title or "" for a in articles])
    weights = events_module._weights(names)
    leads = events_module.shipped_encoder()([events_module._lead(a) for a in articles])
    groups = events_module._Groups(articles, weights, leads)
    unit = leads.astype(float) / events_module.GRID
    alike = (weights @ weights.T).toarray() + unit @ unit.T
    for one, other in ((0, 3), (1, 5), (0, 4)):
        groups._join(groups.head(one), groups.head(other))
    assert groups._on_average(0, 1) == pytest.approx(alike[np.ix_([0, 3, 4], [1, 5])].mean(), abs=1e-8)


def test_neighbours_share_a_name_and_are_near_in_time_and_none_is_told_twice(seeds):
    articles = sorted(bare(seeds), key=events_module._age)
    names = events_module._names([a.text for a in articles], [a.title or "" for a in articles])
    groups = events_module._Groups(
        articles, events_module._weights(names), np.zeros((len(articles), 2), np.int16)
    )
    told = Counter(code for codes in groups._neighbours(5) for code in codes.tolist())
    pairs = [divmod(code, len(articles)) for code in told]
    assert len(pairs) > 20
    for a, b in pairs:
        assert a < b
        assert set(names[a]) & set(names[b])
        assert abs((articles[a].published - articles[b].published).days) <= 5


def test_a_window_below_nothing_is_refused():
    with pytest.raises(ValueError, match="days is -1: a gap of 0 days or more is needed"):
        find_events([], days=-1)
