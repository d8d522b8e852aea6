"""Makes article sets of any size with known events, wire copies and planted contradictions.

    python benchmarks/generate_articles.py --articles 10000 --output SET

writes articles.jsonl, parties.yaml and truth.jsonl into the folder SET.

Each event has two sides and some ten articles over a week; each article reports what the sides say in
ordinary news wording. What was planted stands in ``truth.jsonl``, one statement a row: its article, words,
party, event, the fact it is about, whether it affirms (1), disputes (-1) or neither (0) that fact, and which
row it is a wire copy of. Two statements of one fact and opposite signs by different parties contradict each
other. The same seed gives the same set, and a smaller set is the beginning of a larger one.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from stance.attribution.roster import Roster, roster_yaml
from stance.reading.tables import write_rows, write_text
from stance.records import Article, Party

SIDES = (  # noqa: SIM905  # a list of twenty quoted words would hide them
    "Norland Suvia Castria Belmar Oravia Tesk Valdenia Ruvia Marland Estova Kolmar Dravia Ister Galdia "
    "Pelonia Verria Samund Tarnia Holmark Quessia"
).split()
ROLES = (
    "the {} defence ministry",
    "the {} foreign ministry",
    "a {} government spokesman",
    "the {} general staff",
)
OUTLETS = (
    "Harbour Post",
    "Meridian Press",
    "Wire North",
    "Daily Lantern",
    "Eastern Wire",
    "Free Tribune",
    "Courier",
)
SYLLABLES = re.findall("..[a-z]?", "gornalkelmudvardentorlisbramarostwichelldunsarpolterminrokkar")
THINGS = ("bridge", "railway station", "power plant", "grain store", "hospital", "airfield", "harbour", "dam")
# {n} and {m} are unlike numbers, {t} a thing, {p} the town; a list of wordings for each sign.
FACTS = (
    {
        1: ("{n} people were killed when the {t} in {p} was hit", "the strike on the {t} killed {n} people"),
        -1: ("{m} people died at the {t} in {p}", "nobody was killed when the {t} in {p} was hit"),
    },
    {
        1: ("its troops have taken full control of {p}", "{p} is entirely in the hands of its troops"),
        -1: ("its soldiers are still holding {p}", "{p} has never been lost and is being defended"),
    },
    {
        1: ("the {t} in {p} was destroyed", "nothing is left of the {t} in {p} after the attack"),
        -1: ("the {t} in {p} was not damaged", "the {t} in {p} is working as usual"),
    },
    {
        1: ("{n} vehicles crossed the border near {p}", "{n} vehicles entered from the side of {p}"),
        -1: ("no vehicle has crossed the border near {p}", "not one vehicle was seen at the border"),
    },
    {
        1: ("talks on {p} will resume within {n} days", "negotiators will meet about {p} in {n} days"),
        -1: ("there will be no further talks on {p}", "talks on {p} have ended and will not resume"),
    },
    {
        0: (
            "civilians in {p} should stay indoors until the fighting is over",
            "schools in {p} will remain closed for {n} days",
            "{n} tonnes of aid have arrived at the {t} in {p}",
            "engineers are clearing mines on the road between the {t} and {p}",
        ),
    },
)  # fmt: skip
# What one report adds and another leaves out; nothing that bears on the fact.
TAILS = (
    "",
    " on the night of {day}",
    " in the early hours of the day",
    " after two days of shelling",
    " despite the ceasefire agreed last week",
    " while monitors were in the area",
    " for the second time since the winter",
    " in spite of warnings by aid workers",
)
LEADS = (
    "The situation around {p} remained tense on {day}.",
    "Reports from {p} could not be checked independently.",
    "Fighting near {p} has driven thousands from their homes since the spring.",
    "Shops in {p} were closed and the streets were empty.",
)
# A wire desk's small changes: none of them touches a number, a name or a negation.
EDITS = (
    ("the ", "The "),
    ("people were", "people had been"),
    (" after the attack", ""),
    ("in full", "in  full"),
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A statement as it was put into an article."""

    row: int
    article_id: str
    text: str
    party: str
    event: str
    fact: int
    sign: int
    copy_of: int | None


@dataclass(frozen=True, slots=True)
class ArticleSet:
    """Articles, the parties in them, and what was planted."""

    articles: list[Article]
    roster: Roster
    truth: list[Planted]


def generate(articles: int, seed: int = 7) -> ArticleSet:
    """Return a set of ``articles`` articles."""
    made: list[Article] = []
    truth: list[Planted] = []
    for number in count():
        if len(made) >= articles:
            break
        # Each event has its own dice, so that a set is the beginning of every larger one.
        for article, planted in _event(number, random.Random(f"{seed}-{number}"), len(truth)):
            if len(made) < articles:
                made.append(article)
                truth += planted
    parties = tuple(
        Party(name.lower(), name, (f"{name}n", *(r.format(name) for r in ROLES))) for name in SIDES
    )
    return ArticleSet(made, Roster(parties), truth)


def _event(number: int, rng: random.Random, first_row: int) -> Iterator[tuple[Article, list[Planted]]]:
    town = "".join(rng.sample(SYLLABLES, 3)).capitalize()
    event, start = f"{town} {number}", date(2025, 1, 1) + timedelta(days=rng.randrange(360))
    sides = rng.sample(SIDES, 2)
    facts = [(f, rng.randint(3, 90), rng.randint(100, 900), rng.choice(THINGS)) for f in range(len(FACTS))]
    told: list[Planted] = []
    row = count(first_row)
    for place in range(rng.randint(4, 16)):
        id_ = f"{number}-{place}"
        day = start + timedelta(days=rng.randrange(7))
        lines = [rng.choice(LEADS).format(p=town, day=f"{day:%A}")]
        planted = []
        for _ in range(rng.randint(3, 5)):
            copied = rng.choice(told) if told and rng.random() < 0.2 else None  # noqa: PLR2004  # a fifth is wire copy
            if copied:
                said, side = _edited(copied.text, rng), copied.party.capitalize()
                fact, sign, original = (
                    copied.fact,
                    copied.sign,
                    copied.row if copied.copy_of is None else copied.copy_of,
                )
            else:
                fact, few, many, thing = rng.choice(facts)
                # A side keeps its line: the first affirms even facts, the second odd ones.
                which = rng.randrange(2)
                side = sides[which]
                sign = 0 if 0 in FACTS[fact] else 1 if (which + fact) % 2 == 0 else -1
                wording = rng.choice(FACTS[fact][sign]) + rng.choice(TAILS)
                said = wording.format(n=few, m=many, t=thing, p=town, day=f"{day:%A}")
                # By chance in the words of an earlier report: a copy as well.
                original = next((p.row for p in told if (p.text, p.party) == (said, side.lower())), None)
            lines.append(_reported(said, rng.choice(ROLES).format(side), rng))
            planted.append(Planted(next(row), id_, said, side.lower(), event, fact, sign, original))
            told += [p for p in planted[-1:] if p.copy_of is None]
        yield (
            Article(
                id_, "\n\n".join(lines), f"{town}: day {place + 1}", rng.choice(OUTLETS), day, event=event
            ),
            planted,
        )


def _edited(text: str, rng: random.Random) -> str:
    old, new = rng.choice(EDITS)
    return text.replace(old, new, 1)


def _reported(said: str, speaker: str, rng: random.Random) -> str:
    form = rng.randrange(3)
    named = speaker[0].upper() + speaker[1:]
    if form == 0:
        return f"{named} said that {said}."
    if form == 1:
        return f"“{said[0].upper()}{said[1:]},” {speaker} said."
    return f"{named} said on Monday that {said}."


def write(made: ArticleSet, folder: Path) -> None:
    """Write a set's articles, roster and truth into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    write_rows([asdict(a) for a in made.articles], folder / "articles.jsonl")
    write_text(roster_yaml(made.roster), folder / "parties.yaml")
    write_text("".join(json.dumps(asdict(p)) + "\n" for p in made.truth), folder / "truth.jsonl")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    made = generate(options.articles, options.seed)
    write(made, options.output)
    copies = sum(p.copy_of is not None for p in made.truth)
    print(f"{len(made.articles)} articles, {len(made.truth)} statements, {copies} of them wire copies")


if __name__ == "__main__":
    main()
