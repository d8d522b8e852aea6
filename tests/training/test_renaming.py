import random

import pytest

from stance.attribution.gazetteer import find_states
from stance.records import Example, Label
from stance.training.renaming import rename_states


def renamed(a: str, b: str, seed: int = 3) -> Example:
    return rename_states(Example(a, b, Label.SUPPORT, "1"), random.Random(seed))


def test_states_are_exchanged_for_others_the_same_in_both_texts():
    given = renamed("Serbia had closed the bridge", "the way to Serbia was shut by Kosovo, not Serbia's army")
    first = [state.id for state, _, _ in find_states(given.premise)]
    second = [state.id for state, _, _ in find_states(given.hypothesis)]
    assert len(first) == 1
    assert second == [first[0], second[1], first[0]]
    assert not {"rs", "xk"} & set(second)
    assert second[1] != first[0]
    assert given.premise.endswith(" had closed the bridge")
    assert given.hypothesis.endswith("'s army")


@pytest.mark.parametrize("seed", range(5))
def test_a_name_becomes_a_name_an_adjective_an_adjective_a_capital_a_capital(seed):
    given = renamed("French troops and the Italians", "Paris and Italy agreed", seed)
    forms = [
        (state.form(text[start:end]), text[start:end].endswith("s"))
        for text in (given.premise, given.hypothesis)
        for state, start, end in find_states(text)
    ]
    assert [form for form, _ in forms] == ["demonym", "demonym", "capital", "name"]


def test_what_names_no_state_or_a_seat_of_government_stays_as_it_is():
    for a, b in [("the strike was over", "it was not"), ("the Kremlin lied", "Russia told the truth")]:
        assert renamed(a, b) == Example(a, b, Label.SUPPORT, "1")


def test_the_same_draw_gives_the_same_names():
    assert renamed("Chile won", "Peru lost") == renamed("Chile won", "Peru lost")
