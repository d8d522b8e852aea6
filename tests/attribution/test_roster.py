from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from stance.attribution.roster import Roster, read_roster, roster_yaml
from stance.errors import DataError
from stance.records import Member, Party

PORT = Roster(
    (
        Party("union", "Northport Dockers' Union", ("the dockers' union", "Marta Lind", "NDU")),
        Party("line", "Harbour Lines", ("the company",), allied=frozenset({"port"})),
        Party("port", "Port Authority"),
        Party("un", "United Nations", ("UN", "the union of nations")),
    )
)


def matched(text: str) -> str | None:
    party = PORT.match(text)
    return party.id if party else None


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("Marta Lind, president of the dockers’ union", "union"),
        ("HARBOUR LINES", "line"),
        ("Harbour Lines’ spokesman", "line"),
        ("the port authority's director", "port"),
        ("Dockers' union officials", "union"),
        ("a UN envoy", "un"),
        ("the ndu, or un", None),
        ("the Harbour Linesman", None),
        ("pro-NDU crowds", None),
        ("the company said", "line"),
        ("another company", None),
        ("Port Authority and Northport Dockers' Union", "union"),
        ("", None),
    ],
)
def test_match_finds_whole_aliases(text: str, id_: str | None) -> None:
    assert matched(text) == id_


def test_longest_alias_wins_and_of_equals_the_last() -> None:
    roster = Roster((Party("a", "North"), Party("b", "North Bay"), Party("c", "South Bay")))
    assert roster.match("North Bay council") == roster.by_id("b")
    assert roster.match("North Bay and South Bay") == roster.by_id("c")
    assert roster.match("South Bay and North Bay") == roster.by_id("b")


def test_find_gives_exact_spans() -> None:
    text = "Harbour  Lines and the NDU"
    assert [(party.id, text[start:end]) for party, _, start, end in PORT.find(text)] == [
        ("line", "Harbour  Lines"),
        ("union", "NDU"),
    ]


def test_opposition_is_symmetric_and_spares_allies_and_oneself() -> None:
    assert PORT.opposed("union", "line")
    assert not PORT.opposed("line", "port")
    ids = [party.id for party in PORT.parties]
    assert all(PORT.opposed(a, b) == PORT.opposed(b, a) for a in ids for b in ids)
    assert not any(PORT.opposed(a, a) for a in ids)


def test_explicit_opponents_are_the_only_ones() -> None:
    roster = Roster(
        (Party("a", "A", opposes=frozenset({"b"})), Party("b", "B"), Party("c", "C"), Party("d", "D"))
    )
    assert roster.opposed("a", "b")
    assert not roster.opposed("c", "a")
    assert roster.opposed("c", "d")
    assert not Roster((Party("a", "A", opposes=frozenset()), Party("b", "B"))).opposed("a", "b")


def test_unknown_and_shared_ids_are_refused() -> None:
    assert PORT.by_id("nobody") is None
    with pytest.raises(ValueError, match="no party 'nobody' in the roster; it has: union, line, port, un"):
        PORT.opposed("union", "nobody")
    with pytest.raises(ValueError, match="parties share an id: a"):
        Roster((Party("a", "A"), Party("a", "B")))


def test_roster_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "roster.yaml"
    path.write_text(
        "parties:\n  - id: no\n    name: Norway\n    aliases: [Oslo, 10]\n    allied: []\n  - id: ru\n",
        "utf-8",
    )
    # 'no' is an id here, not the truth value that YAML would make of it
    assert read_roster(path).parties == (Party("no", "Norway", ("Oslo", "10")), Party("ru", "ru"))


def test_roster_comes_back_unchanged(tmp_path: Path) -> None:
    roster = Roster(
        (
            Party("no", "Norge: “vårt”", ("the # coast", "yes"), opposes=frozenset()),
            Party("b", "B", allied=frozenset({"no"}), opposes=frozenset({"c"})),
            Party("c", "C's"),
        )
    )
    path = tmp_path / "roster.yaml"
    path.write_text(roster_yaml(roster), encoding="utf-8")
    assert read_roster(path) == roster
    header = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert all(any(field in line for line in header) for field in ("id", "aliases", "allied", "opposes"))
    assert list(yaml.safe_load(path.read_text(encoding="utf-8"))) == ["parties"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("parties: [a\n", r":2: not YAML"),
        ("", r":1: no 'parties'"),
        ("- id: a\n", r":1: no 'parties'"),
        ("parties:\n", r":1: no 'parties'"),
        ("people: []\n", r":1: unknown key 'people'; known here: parties"),
        ("parties:\n  - name: A\n", r":2: a party without 'id'"),
        ("parties:\n  - id:\n    name: A\n", r":2: a party without 'id'"),
        ("parties:\n  - just text\n", r":2: a party is a mapping with the keys id, name"),
        ("parties:\n  - id: a\n  - id: a\n", r":3: the id 'a' is used twice"),
        ("parties:\n  - id: a\n    allied: [b]\n", r":2: allied of 'a' names 'b'"),
        ("parties:\n  - id: a\n    opposes: [a]\n", r":2: opposes of 'a' names 'a'"),
        (
            "parties:\n  - id: a\n    aliases: [The Bay]\n  - id: b\n    aliases: [bay]\n",
            r":4: the alias 'bay' of 'b'",
        ),
        ("parties:\n  - id: a\n    alias: [x]\n", r":3: unknown key 'alias'; known here: id, name"),
        ("parties:\n  - id: a\n    id: b\n", r":3: the key 'id' stands twice"),
        ("parties:\n  - id: a\n    aliases: x\n", r":3: aliases must be a list"),
        ("parties:\n  - id: a\n    name: [x]\n", r":3: one text is needed here"),
    ],
)
def test_faulty_roster_files_are_refused_with_their_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "roster.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"roster\.yaml" + message):
        read_roster(path)


def test_unreadable_roster_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read the roster"):
        read_roster(tmp_path / "missing.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"parties: \xff\xfe")
    with pytest.raises(DataError, match="cannot read the roster"):
        read_roster(tmp_path / "latin.yaml")


MEMBERS = """\
parties:
  - id: nor
    name: Norland
    members: [Sixth Brigade, {name: Ann Lund, until: 2024-05-31}]
  - id: suv
    name: Suvia
    members:
      - {name: Ann Lund, from: 2024-06-01}
"""


def test_members_are_read_and_written_with_their_days(tmp_path):
    file = tmp_path / "parties.yaml"
    file.write_text(MEMBERS, encoding="utf-8")
    roster = read_roster(file)
    assert roster.parties[0].members == (Member("Sixth Brigade"), Member("Ann Lund", until=date(2024, 5, 31)))
    file.write_text(roster_yaml(roster), encoding="utf-8")
    assert read_roster(file) == roster


def test_who_changes_sides_is_found_for_either_party_at_its_time(tmp_path):
    file = tmp_path / "parties.yaml"
    file.write_text(MEMBERS, encoding="utf-8")
    roster = read_roster(file)
    days = (date(2024, 5, 31), date(2024, 6, 1), None)
    found = [roster.on(day).match("General Ann Lund") for day in days]
    assert [party and party.id for party in found] == ["nor", "suv", None]
    assert {roster.on(day).match("the Sixth Brigade").id for day in days} == {"nor"}
    assert roster.changes_sides("General Ann Lund") == "Ann Lund"
    assert roster.changes_sides("the Sixth Brigade") is None


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ("Ann Lund", r":4: members must be a list"),
        ("[{until: 2024-01-01}]", r":4: a member without 'name'"),
        ("[{name: Ann, until: soon}]", r":4: until is 'soon': a day as in 2024-06-30 is needed"),
        (
            "[{name: Ann, from: 2024-02-01, until: 2024-01-01}]",
            r":4: the member 'Ann' is there until 2024-01-01",
        ),
        ("[{name: Ann, since: 2024-02-01}]", r":4: unknown key 'since'; known here: name, from, until"),
    ],
)
def test_members_that_cannot_be_read_are_named(tmp_path, members, message):
    file = tmp_path / "parties.yaml"
    file.write_text(f"parties:\n  - id: nor\n    name: Norland\n    members: {members}\n", encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_roster(file)


def test_one_member_of_two_parties_at_one_time_is_refused(tmp_path):
    file = tmp_path / "parties.yaml"
    file.write_text(MEMBERS.replace("2024-06-01", "2024-05-31"), encoding="utf-8")
    with pytest.raises(DataError, match="the alias 'Ann Lund' of 'suv' belongs to 'nor' already"):
        read_roster(file)
