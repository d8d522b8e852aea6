from __future__ import annotations

import pytest

from stance.attribution.people import full_of, gather, spelling


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("Marta Lind", "Marta Lind"),
        ("Defence Minister Marta Lind, 52", "Marta Lind"),
        ("the union's president Marta Lind", "Marta Lind"),
        ("Prosecutor Marta Lind", "Marta Lind"),
        ("the firm's manager, Marta Lind", "Marta Lind"),
        ("J. K. Lind", "J. K. Lind"),
        ("Jon van der Lind of the union", "Jon van der Lind"),
        ("Mr Lind", None),
        ("Lind", None),
        ("the defence ministry", None),
        ("the Northport Dockers' Union", None),
    ],
)
def test_given_name_and_surname(name, full):
    assert full_of(name) == full


def test_a_surname_gets_its_given_name():
    people = gather(["Marta Lind", "Marta Lind, mayor", "Jon Moss", "Eva Moss"])
    assert people.named("Ms Lind") == "Marta Lind"
    assert people.named("Mayor Lind, 52") == "Mayor Marta Lind, 52"
    assert people.named("Lind") == "Marta Lind"
    assert people.named("Mr Moss") is None
    assert people.named("Marta Lind") is None
    assert people.named("the mayor") is None
    assert people.described["Marta Lind"] == "Marta Lind; Marta Lind, mayor"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zelensky", "Zelenskyy"),
        ("Zelensky", "Zelenskiy"),
        ("Oleksandr Syrskyi", "Oleksandr Syrsky"),
        ("Müller", "Muller"),
        ("Khodorov", "Hodorov"),
        ("Alexei", "Alexey"),
    ],
)
def test_spellings_of_one_name(one, other):
    assert spelling(one) == spelling(other)


def test_different_names_stay_different():
    assert len({spelling(n) for n in ("Lind", "Lund", "Lindt", "Kim", "Kin", "Marsk", "Marek")}) == 7
