"""The roster: which parties there are, what each is called, and which of them oppose each other.

It reads and writes the YAML file of ``--parties`` and finds parties by alias in a phrase. It does not read
articles: which party a speaker stands for there is ``parties.py``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import yaml

from stance.errors import DataError
from stance.records import Member, Party

# 'UN', 'US', 'U.S.', 'NATO', 'UNESCO' are found in capitals only, as 'us' is a word; longer names in
# capitals ('GAZPROM') are a matter of house style.
_LONGEST_ACRONYM = 6

_FIELDS = ("id", "name", "aliases", "members", "allied", "opposes")
_MEMBER_FIELDS = ("name", "from", "until")

_HEADER = """\
# The parties of an article set. Correct it by hand and pass it with --parties.
#   id       short and unique; judgements carry it
#   name     what reports call the party
#   aliases  what articles call it or those who speak for it; each alias belongs to one party
#   members  bodies and people that speak for it, as a name or {name: N, from: 2024-01-31, until: 2024-06-30};
#            whoever changes sides is a member of either party at another time
#   allied   ids of parties it stands with; allies do not oppose each other
#   opposes  ids of the only parties it opposes; left out: all parties it is not allied with
"""


@dataclass(frozen=True, slots=True)
class Roster:
    """The parties of one article set. Raises ValueError when two of them share an id."""

    parties: tuple[Party, ...]
    # Asked for each two parties that meet: discovered rosters have thousands.
    _by_id: dict[str, Party] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        counts = Counter(party.id for party in self.parties)
        twice = sorted(id_ for id_, count in counts.items() if count > 1)
        if twice:
            raise ValueError(f"parties share an id: {', '.join(twice)}; each party needs its own")
        object.__setattr__(self, "_by_id", {party.id: party for party in self.parties})

    def by_id(self, id: str) -> Party | None:
        """Return the party with ``id``, None when there is none."""
        return self._by_id.get(id)

    def opposed(self, a_id: str, b_id: str) -> bool:
        """Whether two parties oppose each other; the order does not matter.

        A party never opposes itself or an ally (either may have named the other). When one of the two says
        whom it opposes, they oppose if one of them names the other; else different parties oppose.
        Raises ValueError for an id that is not in the roster.
        """
        a, b = self._known(a_id), self._known(b_id)
        if a.id == b.id or b.id in a.allied or a.id in b.allied:
            return False
        if a.opposes is None and b.opposes is None:
            return True
        return b.id in (a.opposes or ()) or a.id in (b.opposes or ())

    def on(self, day: date | None) -> Roster:
        """Return the roster of one day: the members of then are aliases of their parties.

        Of an unknown day only members without limits are.
        """
        return Roster(
            tuple(
                replace(p, aliases=(*p.aliases, *(m.name for m in p.members if m.active(day))), members=())
                for p in self.parties
            )
        )

    def changes_sides(self, phrase: str) -> str | None:
        """Return the member named in ``phrase`` who belongs to a party for a time only, None for nobody."""
        limited = [m.name for p in self.parties for m in p.members if m.since or m.until]
        return next((name for name in limited if _pattern(name).search(phrase)), None)

    def match(self, text: str) -> Party | None:
        """Find the party that a speaker phrase names: the longest name or alias, the last among equals.

        Whole words ('pro-Russia' is one word), any case but for short acronyms in capitals, with or without
        a possessive ending. 'the' at the head of an alias is needed only if one common word follows: 'the
        Kremlin' is found in 'Kremlin spokesman', 'the union' is not found in 'European Union'.
        """
        found = self.find(text)
        return max(found, key=lambda hit: (hit[3] - hit[2], hit[2]))[0] if found else None

    def find(self, text: str) -> list[tuple[Party, str, int, int]]:
        """Find all names and aliases in ``text``: (party, alias, start, end), by start, overlaps included."""
        plain = text.replace("’", "'").replace("‘", "'")
        return sorted(
            (
                (party, alias, hit.start(), hit.end())
                for party, alias, pattern in _patterns(self.parties)
                for hit in pattern.finditer(plain)
            ),
            key=lambda hit: (hit[2], -hit[3], hit[0].id, hit[1]),
        )

    def _known(self, id_: str) -> Party:
        party = self.by_id(id_)
        if party is None:
            known = ", ".join(party.id for party in self.parties)
            raise ValueError(f"no party {id_!r} in the roster; it has: {known}")
        return party


def alias_key(alias: str) -> str:
    """Return the form in which two aliases are the same: no case, no leading 'the', plain apostrophes."""
    return " ".join(alias.replace("’", "'").replace("‘", "'").casefold().removeprefix("the ").split())


@lru_cache(maxsize=64)
def _patterns(parties: tuple[Party, ...]) -> tuple[tuple[Party, str, re.Pattern[str]], ...]:
    return tuple(
        (party, alias, _pattern(alias))
        for party in parties
        for alias in dict.fromkeys((party.name, *party.aliases))
        if alias.strip()
    )


def _pattern(alias: str) -> re.Pattern[str]:
    words = alias.replace("’", "'").replace("‘", "'").split()
    # 'union' alone would be found in every 'European Union'; a name or two words are telling without 'the'
    if words[0].lower() == "the" and (len(words) > 2 or words[-1][:1].isupper()):  # noqa: PLR2004
        words = words[1:]
    letters = alias.replace(".", "")
    acronym = letters.isalpha() and letters.isupper() and len(letters) <= _LONGEST_ACRONYM
    body = r"\s+".join(map(re.escape, words))
    return re.compile(rf"(?<!\w)(?<!\w-){body}(?!\w)(?!-\w)", 0 if acronym else re.IGNORECASE)


def read_roster(path: Path | str) -> Roster:
    """Read a roster file (YAML; see ``roster_yaml`` for its fields).

    Raises DataError, with file:line, when the file cannot be read, is not YAML, has no ``parties``, an entry
    without ``id``, an unknown key, an id or alias used twice, or an ally or opponent that is not listed.
    """
    path = Path(path)
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot read the roster: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise DataError(
            f"{path}{line}: not YAML ({getattr(error, 'problem', error)}); a roster is needed"
        ) from error
    return _Reading(path).roster(root)


class _Reading:
    """One file on its way to a Roster. Works on YAML's nodes: they know their lines, and keep 'no' a text."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def roster(self, root: yaml.Node | None) -> Roster:
        if not isinstance(root, yaml.MappingNode):
            raise self.error(root, "no 'parties'; the file needs a list of parties under that key")
        listed = [value for key, value in self.items(root, ("parties",)) if key == "parties"]
        if not listed or not isinstance(listed[0], yaml.SequenceNode) or not listed[0].value:
            raise self.error(root, "no 'parties'; the file needs a list of parties under that key")
        entries = [(node, self.party(node)) for node in listed[0].value]
        self.check(entries)
        return Roster(tuple(party for _, party in entries))

    def party(self, node: yaml.Node) -> Party:
        if not isinstance(node, yaml.MappingNode):
            raise self.error(node, f"a party is a mapping with the keys {', '.join(_FIELDS)}")
        values = dict(self.items(node, _FIELDS))
        id_ = self.text(values["id"]) if "id" in values else ""
        if not id_:
            raise self.error(node, "a party without 'id'; every party needs one")
        opposes = values.get("opposes")
        return Party(
            id=id_,
            name=self.text(values["name"]) or id_ if "name" in values else id_,
            aliases=self.texts("aliases", values.get("aliases")),
            opposes=None if opposes is None else frozenset(self.texts("opposes", opposes)),
            allied=frozenset(self.texts("allied", values.get("allied"))),
            members=self.members(values.get("members")),
        )

    def members(self, node: yaml.Node | None) -> tuple[Member, ...]:
        if node is None or (isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null")):
            return ()
        if not isinstance(node, yaml.SequenceNode):
            raise self.error(node, "members must be a list, as in members: [a, {name: b, until: 2024-06-30}]")
        return tuple(map(self.member, node.value))

    def member(self, node: yaml.Node) -> Member:
        if not isinstance(node, yaml.MappingNode):
            name, days = self.text(node), {}
        else:
            values = dict(self.items(node, _MEMBER_FIELDS))
            name = self.text(values["name"]) if "name" in values else ""
            days = {key: self.day(key, values[key]) for key in ("from", "until") if key in values}
        if not name:
            raise self.error(node, "a member without 'name'; every member needs one")
        since, until = days.get("from"), days.get("until")
        if since and until and until < since:
            raise self.error(node, f"the member {name!r} is there until {until}, before it comes on {since}")
        return Member(name, since, until)

    def day(self, key: str, node: yaml.Node) -> date:
        text = self.text(node)
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise self.error(node, f"{key} is {text!r}: a day as in 2024-06-30 is needed") from error

    def check(self, entries: list[tuple[yaml.Node, Party]]) -> None:
        ids: set[str] = set()
        owners: dict[str, list[tuple[str, Member]]] = {}
        for node, party in entries:
            if party.id in ids:
                raise self.error(node, f"the id {party.id!r} is used twice; ids must differ")
            ids.add(party.id)
            for called in (*map(Member, (party.name, *party.aliases)), *party.members):
                owned = owners.setdefault(alias_key(called.name), [])
                for owner, held in owned:
                    if owner != party.id and _together(called, held):
                        raise self.error(
                            node, f"the alias {called.name!r} of {party.id!r} belongs to {owner!r} already"
                        )
                owned.append((party.id, called))
        for node, party in entries:
            for key, others in (("allied", party.allied), ("opposes", party.opposes or frozenset())):
                for other in sorted(others):
                    if other == party.id or other not in ids:
                        raise self.error(
                            node,
                            f"{key} of {party.id!r} names {other!r}; it may name other ids of the file",
                        )

    def items(self, node: yaml.MappingNode, known: tuple[str, ...]) -> Iterator[tuple[str, yaml.Node]]:
        seen: set[str] = set()
        for key, value in node.value:
            if key.value not in known:
                raise self.error(key, f"unknown key {key.value!r}; known here: {', '.join(known)}")
            if key.value in seen:
                raise self.error(key, f"the key {key.value!r} stands twice")
            seen.add(key.value)
            yield key.value, value

    def text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self.error(node, "one text is needed here, not a list or mapping")
        return "" if node.tag.endswith(":null") else node.value.strip()

    def texts(self, field: str, node: yaml.Node | None) -> tuple[str, ...]:
        if node is None or (isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null")):
            return ()
        if not isinstance(node, yaml.SequenceNode):
            raise self.error(node, f"{field} must be a list, as in {field}: [a, b]")
        return tuple(text for text in map(self.text, node.value) if text)

    def error(self, node: yaml.Node | None, message: str) -> DataError:
        line = node.start_mark.line + 1 if node is not None else 1
        return DataError(f"{self.path}:{line}: {message}")


def _together(a: Member, b: Member) -> bool:
    """Whether two names are in use on one day."""
    return (a.since or date.min) <= (b.until or date.max) and (b.since or date.min) <= (a.until or date.max)


def roster_yaml(roster: Roster) -> str:
    """Write a roster as YAML that ``read_roster`` reads back unchanged, headed by what its fields mean."""
    rows: list[dict[str, object]] = []
    for party in roster.parties:
        row: dict[str, object] = {"id": party.id, "name": party.name}
        if party.aliases:
            row["aliases"] = list(party.aliases)
        if party.members:
            row["members"] = [_member_row(member) for member in party.members]
        if party.allied:
            row["allied"] = sorted(party.allied)
        if party.opposes is not None:
            row["opposes"] = sorted(party.opposes)
        rows.append(row)
    body: str = yaml.safe_dump({"parties": rows}, allow_unicode=True, sort_keys=False, width=100)
    return _HEADER + body


def _member_row(member: Member) -> str | dict[str, object]:
    days = {key: day for key, day in (("from", member.since), ("until", member.until)) if day}
    return {"name": member.name, **days} if days else member.name
