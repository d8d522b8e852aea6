from __future__ import annotations

from collections import Counter

import pytest

from stance.attribution.gazetteer import find_states, states


def found(text: str) -> list[tuple[str, str]]:
    return [(state.id, text[start:end]) for state, start, end in find_states(text)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Russia’s defence ministry", ["ru"]),
        ("the Kremlin and Kiev", ["ru", "ua"]),
        ("South Korean and North Korean envoys", ["kr", "kp"]),
        ("the Korean People’s Army", ["kp"]),
        ("the Democratic People's Republic of Korea", ["kp"]),
        ("the Republic of Korea", ["kr"]),
        ("the Democratic Republic of Congo's army", ["cd"]),
        ("Congo-Brazzaville", ["cg"]),
        ("Niger and Nigeria", ["ne", "ng"]),
        ("Guinea, Guinea-Bissau, Equatorial Guinea and Papua New Guinea", ["gn", "gw", "gq", "pg"]),
        ("Nigerien troops, Nigerian troops", ["ne", "ng"]),
        ("the U.S. military", ["us"]),
        ("a plan of the U.S.", ["us"]),
        ("US and American officials in Washington", ["us", "us", "us"]),
        ("Sudanese and South Sudanese", ["sd", "ss"]),
        ("Downing Street", ["gb"]),
        ("the Élysée, the Elysee", ["fr", "fr"]),
        ("Zhongnanhai", ["cn"]),
        ("the Blue House", ["kr"]),
        ("Côte d’Ivoire, Ivory Coast", ["ci", "ci"]),
        ("Kosovo, Taiwan and Palestine", ["xk", "tw", "ps"]),
        ("the Hellenic Republic", ["gr"]),
        ("Turkey and Türkiye", ["tr", "tr"]),
        ("the Russian-installed governor, the US-led coalition", ["ru", "us"]),
    ],
)
def test_states_are_found_longest_name_first(text: str, ids: list[str]) -> None:
    assert [id_ for id_, _ in found(text)] == ids


@pytest.mark.parametrize(
    "text",
    [
        "roast turkey and polish for us",
        "pro-Russian, Iran-backed, Kyiv-based, anti-Moscow",
        "Latin American leaders in New Mexico and Northern Ireland",
        "the Washington Post, the Moscow Times, East Jerusalem",
        "Russians2 Ukrainetown Americana",
        "",
    ],
)
def test_words_that_mean_no_state_are_left(text: str) -> None:
    assert found(text) == []


def test_spans_are_exact_and_leave_the_possessive_out() -> None:
    assert found("In Kyiv, Russia's and the U.S. armies") == [
        ("ua", "Kyiv"),
        ("ru", "Russia"),
        ("us", "U.S."),
    ]


def test_table_holds_every_member_state_and_no_name_twice() -> None:
    import pycountry

    ids = [state.id for state in states()]
    assert ids == sorted(set(ids))
    # 193 members, Kosovo, Palestine, Taiwan and the Vatican
    assert len(ids) == 197
    assert {id_ for id_ in ids if pycountry.countries.get(alpha_2=id_.upper()) is None} == {"xk"}
    aliases = Counter(alias for state in states() for alias in state.aliases)
    assert [alias for alias, count in aliases.items() if count > 1] == []


def test_form_tells_names_demonyms_capitals_and_seats() -> None:
    russia = next(state for state in states() if state.id == "ru")
    assert [russia.form(t) for t in ("Russia", "Russians", "Moscow", "Kremlin")] == [
        "name",
        "demonym",
        "capital",
        "seat",
    ]
    with pytest.raises(ValueError, match=r"'Kyiv' is no name of Russia \(ru\)"):
        russia.form("Kyiv")
