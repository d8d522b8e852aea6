"""Speakers stand in [[double brackets]] in these articles; all are invented."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from stance.attribution.parties import Mention, PartyFinder
from stance.attribution.roster import Roster, read_roster, roster_yaml
from stance.records import Member, Party


def marked(article: str) -> tuple[str, list[Mention]]:
    text, mentions, at = "", [], 0
    for match in re.finditer(r"\[\[(.*?)\]\]", article, re.DOTALL):
        text += article[at : match.start()]
        mentions.append(Mention(match.group(1), len(text), len(text) + len(match.group(1))))
        text += match.group(1)
        at = match.end()
    return text + article[at:], mentions


def parties(article: str, finder: PartyFinder | None = None) -> list[str | None]:
    assigned = (finder or PartyFinder()).assign(*marked(article))
    return [one.party_id if one else None for one in assigned]


WAR = """[[The Kremlin]] said the bridge at Dorn was taken. It sent Commander of the Russian Northern
Fleet Pavel Orlin to the river. [[Orlin]] said losses were small. [[Kyiv]] denied it.

[[Ukraine’s military]] said the bridge stood. [[The Ukrainian army's river command]] showed a
film. [[The river command]] said more would follow. [[Officials in Moscow]] called it staged."""


def test_states_at_war_without_a_roster() -> None:
    assert parties(WAR) == ["ru", "ru", "ua", "ua", "ua", "ua", "ru"]


@pytest.mark.parametrize(
    "roster",
    [
        Roster((Party("r", "Russia"), Party("u", "Ukraine"))),
        Roster(
            (Party("r", "Russia", ("Pavel Orlin",)), Party("u", "Ukraine", ("Kyiv", "the river command")))
        ),
        # a common alias of one side does not outweigh the other side's name beside it
        Roster((Party("r", "Russia"), Party("u", "Ukraine", ("the northern fleet",)))),
    ],
)
def test_states_at_war_with_a_roster(roster: Roster) -> None:
    assert parties(WAR, PartyFinder(roster)) == ["r", "r", "u", "u", "u", "u", "r"]


@pytest.mark.parametrize(
    ("speaker", "party"),
    [
        ("the Russian envoy to Ukraine", "ru"),
        ("a spokesman for the Ukrainian army in Russia's Kursk region", "ua"),
        ("the Russian-installed governor of Ukraine's Kherson region", "ru"),
        ("soldiers of the Korean People's Army", "kp"),
        ("an adviser to the Ukrainian president", "ua"),
        ("U.S. Secretary of State Jo March", "us"),
        ("Russian state media", "ru"),
        ("the general staff of the Armed Forces of Ukraine", "ua"),
        ("the Japanese central bank", "jp"),
        ("the UN", "united-nations"),
        ("Hamas militants", "hamas"),
        ("Syrian rebels", "syrian-rebels"),
        ("the Venezuelan opposition", "venezuelan-opposition"),
        ("the Greenpeace campaigner Jo March", "greenpeace"),
        ("oil company Dalgo", "dalgo"),
        ("Dalgo spokesman Jo March", "dalgo"),
        ("Jo March, who speaks for Quillon Energy", "quillon-energy"),
        ("Jo March, 41, chair of the Ministry of Works", "ministry-of-works"),
        ("the Teamsters", "teamsters"),
        ("the NRA", "nra"),
        ("police", "police"),
        ("the opposition", "opposition"),
        ("a protester", "protesters"),
        ("Mara Ruiz's campaign", "mara-ruiz-campaign"),
    ],
)
def test_speaker_phrases_that_tell(speaker: str, party: str) -> None:
    assert parties(f"On Monday [[{speaker}]] said the road was closed.") == [party]


@pytest.mark.parametrize(
    "speaker",
    [
        "He",
        "officials",
        "Rosa Kern",
        "Vice President Jo R. March Jr.",
        "a fellow at Quillon Institute",
        "Michael Jordan",
        "Israel Kern",
        "Russian and Ukrainian officials",
        "leaders of Russia, Ukraine and Poland",
        "Western analysts",
        "a resident of Kyiv",
        "a Moscow court",
        "experts at Quillon Energy",
        "Jo March, an analyst at Quillon Energy",
        "the mayor of Kyiv",
        "Kursk governor Ivan Orlin",
        "a Washington lawyer",
        "the former Russian minister Ivan Orlin",
        "the Republican chairman",
        "an Egyptian textbook",
        "a hospital of the Russian army",
        "opponents of sending Russian troops",
        "the U.S. presidential candidate",
        "the group",
        "her campaign",
        "a security guard",
        "two unions",
        "most parties",
        "the Post",
        "the Lisbon Sun",
        "management",
        "a social worker",
        "Harbour Lines and the dockers' union",
        "the envoy for Ukraine",
    ],
)
def test_speakers_that_stand_for_no_known_party(speaker: str) -> None:
    assert parties(f"On Monday [[{speaker}]] said the road was closed.") == [None]


STRIKE = """[[The Northport Dockers' Union]] will walk out. [[Marta Lind, who chairs the union]], gave
notice. [[Lind]] said pay had fallen. [[A Harbour Lines spokeswoman]] called it a surprise.
[[The company]] offered talks. [[The union]] refused. Tom Hale, chief executive of Harbour
Lines, flew in. [[Hale]] was calm. [[The company's board]] met. [[The dockers' union]] marched.
[[Harbour Lines]] hired guards. [[Union president Marta Lind]] said so. [[Lawyers for the
company]] sued. [[A passenger]] waited."""


def test_strike_without_a_roster() -> None:
    union, line = "northport-dockers-union", "harbour-lines"
    assert parties(STRIKE) == [union] * 3 + [line] * 2 + [union, line, line, union, line, union, line, None]


def test_strike_with_a_roster() -> None:
    roster = Roster((Party("u", "Northport Dockers' Union", ("Marta Lind",)), Party("l", "Harbour Lines")))
    assert parties(STRIKE, PartyFinder(roster)) == [
        *["u"] * 3,
        *["l"] * 2,
        *["u", "l", "l", "u", "l", "u", "l", None],
    ]


def test_roster_gives_no_party_that_it_does_not_list() -> None:
    roster = Roster((Party("l", "Harbour Lines"), Party("u", "Northport Dockers' Union")))
    article = """[[The teachers' union]] waited. [[Harbour Lines workers]] cheered. [[The union]] sang.
[[Russia]] watched. [[Analysts at Harbour Lines]] wrote. [[Jo March]] left. [[A Harbour Lines
driver]] slept."""
    assert parties(article, PartyFinder(roster)) == [None] * 7


def test_roster_knows_a_person_by_surname_unless_the_article_names_another() -> None:
    roster = Roster((Party("u", "Dockers' Union", ("Marta Lind",)), Party("l", "Harbour Lines")))
    assert parties("[[Lind]] said no.", PartyFinder(roster)) == ["u"]
    assert parties("Erik Lind came. [[Lind]] said no.", PartyFinder(roster)) == [None]


ELECTION = """[[The Electoral Commission]] named a winner. [[The commission]] counted twice. [[Opposition
candidate Mara Ruiz]] cried foul. [[Ruiz]] called a march. [[The opposition]] went to court.
[[Jon Vale, head of the Electoral Commission]], stood firm. [[Vale]] smiled. [[Reform Party
leader Eva Brun]] agreed. [[Brun]] congratulated him. [[The party]] celebrated. [[Observers]]
frowned. [[A judge]] adjourned. [[Eva Brun's spokesman]] added this."""


def test_disputed_election() -> None:
    board, reform = "electoral-commission", "reform-party"
    expected = [board, board, *["opposition"] * 3, board, board, reform, reform, reform, None, None, reform]
    assert parties(ELECTION) == expected


def test_corporate_and_environmental_disputes() -> None:
    article = """[[Brightwater Energy]] denied a leak. [[Brightwater's chief executive, Jo March]], toured the
bay. [[March]] blamed rain. The Bay Oyster Growers' Association (BOGA) sued. [[BOGA]] wants
money. [[Ines Aro, a lawyer for the oyster growers' association]], spoke. [[Aro]] was blunt.
[[The Environment Agency]] took samples. [[The agency]] found oil. [[The operator]] disagreed.
[[Residents]] wept. [[Activists]] chained themselves. [[A villager]] stared."""
    oil, growers, agency = "brightwater-energy", "bay-oyster-growers-association", "environment-agency"
    expected = [oil, oil, oil, growers, growers, growers, agency, agency, oil, None, "activists", None]
    assert parties(article) == expected


def test_nearest_earlier_ministry_is_meant() -> None:
    article = """[[The Iranian foreign ministry]] protested. [[The ministry]] recalled its envoy. [[Pakistan's
foreign ministry]] replied. [[The ministry]] was sorry."""
    assert parties(article) == ["ir", "ir", "pk", "pk"]


def test_a_role_is_resolved_only_when_all_its_holders_speak_for_one_party() -> None:
    one = "A Harbour Lines spokesman came. [[The spokesman]] said no."
    two = f"A spokesman for Quillon Energy came. {one}"
    assert parties(one) == ["harbour-lines"]
    assert parties(two) == [None]


def test_a_surname_of_two_people_is_nobodys() -> None:
    article = (
        "Russian minister Ivan Orlin met Ukrainian envoy Petro Orlin. [[Orlin]] spoke. [[Petro Orlin]] left."
    )
    assert parties(article) == [None, "ua"]


def test_lists_of_people_are_no_appositions() -> None:
    article = "Orlin, Ukrainian President Petro Bondar and the others sat. [[Orlin]] rose."
    assert parties(article) == [None]


def test_town_before_a_title_is_a_place_only() -> None:
    assert parties("In Moscow President Kern spoke. [[Kern]] smiled.") == [None]


def test_short_forms_join_across_articles() -> None:
    finder = PartyFinder()
    assert parties("[[The Electoral Commission]] spoke. [[The Northport Dockers' Union]] too.", finder) == [
        "electoral-commission",
        "northport-dockers-union",
    ]
    assert parties("[[The commission]] spoke. [[The dockers' union]] too.", finder) == [
        "electoral-commission",
        "northport-dockers-union",
    ]
    # another full name is another body, and 'the ministry' may be anyone's
    assert parties("[[The Southport Dockers' Union]] spoke.", finder) == ["southport-dockers-union"]
    assert parties("[[The Port Ministry]] spoke.", finder) == ["port-ministry"]
    assert parties("[[The ministry]] spoke.", finder) == ["ministry"]
    # two unions fit the short form now, so it is neither
    assert parties("[[The dockers' union]] spoke.", finder) == ["dockers-union"]


def test_short_name_first_keeps_its_id_and_gains_the_long_name() -> None:
    finder = PartyFinder()
    assert parties("[[The dockers' union]] spoke.", finder) == ["dockers-union"]
    assert parties("[[The Northport Dockers' Union]] spoke.", finder) == ["dockers-union"]
    assert [party.name for party in finder.roster().parties] == ["Northport Dockers' Union"]


def test_reasons_quote_what_decided() -> None:
    assigned = PartyFinder().assign(*marked(WAR))
    reasons = [one.reason for one in assigned if one]
    assert reasons[0] == "seat 'Kremlin' in the speaker phrase"
    assert reasons[1] == "'Commander of the Russian Northern Fleet Pavel Orlin' in the article"
    assert reasons[4] == "demonym 'Ukrainian' in the speaker phrase"
    listed = PartyFinder(Roster((Party("r", "Russia", ("the Kremlin",)),))).assign(*marked(WAR))[0]
    assert listed is not None
    assert listed.reason == "alias 'the Kremlin'"


def test_roster_found_is_sorted_reads_back_and_gives_the_same_parties(tmp_path: Path) -> None:
    finder = PartyFinder()
    before = parties(STRIKE, finder)
    roster = finder.roster()
    assert [party.id for party in roster.parties] == sorted({party for party in before if party})
    line = roster.by_id("harbour-lines")
    assert line is not None
    assert "Hale" in line.aliases
    assert "The company" not in line.aliases
    path = tmp_path / "found.yaml"
    path.write_text(roster_yaml(roster), encoding="utf-8")
    assert parties(STRIKE, PartyFinder(read_roster(path))) == before


def test_aliases_that_led_to_two_parties_are_left_out() -> None:
    finder = PartyFinder()
    parties("The Russian army's river command fired. [[The river command]] denied it.", finder)
    parties("The Ukrainian army's river command fired. [[The river command]] denied it.", finder)
    assert [(party.id, party.aliases) for party in finder.roster().parties] == [("ru", ()), ("ua", ())]


def test_given_roster_is_returned_as_it_is() -> None:
    roster = Roster((Party("r", "Russia"),))
    finder = PartyFinder(roster)
    parties(WAR, finder)
    assert finder.roster() is roster


def test_order_and_length_are_kept_and_repeated_runs_agree() -> None:
    text, mentions = marked(STRIKE)
    forward = PartyFinder().assign(text, mentions)
    assert PartyFinder().assign(text, mentions) == forward
    assert PartyFinder().assign(text, mentions[::-1]) == forward[::-1]
    assert PartyFinder().assign(text, []) == []
    assert PartyFinder().assign("", []) == []


def test_mentions_must_fit_the_text() -> None:
    with pytest.raises(ValueError, match="the text has 'Kyi' at 0:3, not 'Kiev'; offsets must fit"):
        PartyFinder().assign("Kyiv said", [Mention("Kiev", 0, 3)])


def test_who_changes_sides_speaks_for_the_party_of_the_day() -> None:
    turn = date(2024, 6, 1)
    roster = Roster(
        (
            Party(
                "nor",
                "Norland",
                members=(Member("Sixth Brigade"), Member("Ann Lund", until=date(2024, 5, 31))),
            ),
            Party("suv", "Suvia", members=(Member("Ann Lund", since=turn),)),
        )
    )
    finder = PartyFinder(roster)
    text, mentions = marked(
        "[[Ann Lund]] spoke. [[The Sixth Brigade]] fired. [[A spokesman for Suvia]] left."
    )
    by_day = {
        day: [one.party_id for one in finder.assign(text, mentions, day=day)]
        for day in (date(2024, 5, 31), turn, None)
    }
    assert list(by_day.values()) == [["nor", "nor", "suv"], ["suv", "nor", "suv"], [None, "nor", "suv"]]
    unknown = finder.assign(text, mentions)[0]
    assert (unknown.outside, unknown.reason) == (True, "'Ann Lund' is of no party on the day of the article")
    assert finder.roster() is roster
