"""Reads an article set with its gold: statements, parties and labelled pairs. Measures nothing.

The format is that of ``docs/gold.md``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stance.attribution.extract import kind_of
from stance.attribution.roster import Roster, read_roster
from stance.errors import DataError
from stance.reading import Refusal, read_articles
from stance.reading.files import decoded
from stance.reading.result import listed, shown
from stance.records import LABELS, Article, Label, Statement, label_of

GOLD_FILE = "gold.json"
ROSTER_FILE = "parties.yaml"

_STATEMENT = ("id", "article_id", "start", "end", "text", "party")
_STATEMENT_MAY = ("speaker", "denies", "note")
_PAIR = ("a", "b", "label")
_PAIR_MAY = ("note",)


@dataclass(frozen=True, slots=True)
class GoldPair:
    """The ids of two gold statements of opposing parties and how the two stand to each other."""

    a: str
    b: str
    label: Label
    note: str | None = None


@dataclass(frozen=True, slots=True)
class GoldSet:
    """An article set and what its author says is right.

    ``articles`` are those that the gold lists, in reading order; their ids are the reader's, and
    ``statements`` refer to them. Pairs of opposing statements that ``pairs`` does not list are unrelated.
    """

    name: str
    articles: tuple[Article, ...]
    roster: Roster
    statements: tuple[Statement, ...]
    pairs: tuple[GoldPair, ...]

    def sha256(self) -> str:
        """Return the hash of all that a measurement depends on: texts, dates, events, roster and gold."""
        held = {
            "articles": [[a.id, a.text, str(a.published), a.event] for a in self.articles],
            "roster": [
                [
                    p.id,
                    p.name,
                    p.aliases,
                    sorted(p.allied),
                    p.opposes if p.opposes is None else sorted(p.opposes),
                ]
                for p in self.roster.parties
            ],
            "statements": [
                [s.id, s.article_id, s.start, s.end, s.speaker, s.party, s.denies] for s in self.statements
            ],
            "pairs": [[p.a, p.b, p.label] for p in self.pairs],
        }
        return hashlib.sha256(json.dumps(held, sort_keys=True).encode("ascii")).hexdigest()


def find_gold(folder: Path) -> list[GoldSet]:
    """Return the gold set in ``folder``, or those in its direct sub-folders, by name.

    Raises:
        DataError: no ``gold.json`` in the folder or right below it, or one that cannot be used.
    """
    if (folder / GOLD_FILE).is_file():
        return [read_gold(folder)]
    found = sorted(path.parent for path in folder.glob(f"*/{GOLD_FILE}") if path.is_file())
    if not found:
        raise DataError(f"{folder}: no {GOLD_FILE} here or in a sub-folder: give an article set with gold")
    return [read_gold(path) for path in found]


def read_gold(folder: Path) -> GoldSet:
    """Return the articles, roster and gold of one set; every span is read again and must be its text.

    An article id of the gold is that of the reader, with or without the set's folder name before it
    (``kursk_border/01`` and ``01`` are one article of the set ``kursk_border``).

    Raises:
        DataError: a file is absent or cannot be used, an article is refused, or an entry of the gold names
            what is not there, has a wrong span, an unknown label, or a pair whose parties do not oppose.
    """
    path = folder / GOLD_FILE
    content = _load(path)
    roster = read_roster(folder / ROSTER_FILE)
    name = folder.resolve().name
    articles = _articles(path, content["articles"], read_articles(folder, strict=True).rows, name)
    statements: dict[str, Statement] = {}
    for where, entry in _entries(path, content["statements"], "statements"):
        statement = _statement(where, entry, articles, roster)
        if statement.id in statements:
            raise DataError(f"{where}: the id {statement.id!r} is used twice: give every statement its own")
        statements[statement.id] = statement
    pairs: dict[frozenset[str], GoldPair] = {}
    for where, entry in _entries(path, content["pairs"], "pairs"):
        pair = _pair(where, entry, statements, roster)
        if pairs.setdefault(frozenset((pair.a, pair.b)), pair) is not pair:
            raise DataError(f"{where}: {pair.a!r} and {pair.b!r} stand in an earlier pair: list a pair once")
    kept = {article.id: article for article in articles.values()}
    return GoldSet(name, tuple(kept.values()), roster, tuple(statements.values()), tuple(pairs.values()))


def _load(path: Path) -> Mapping[str, list[object]]:
    try:
        text = decoded(path)
        content = json.loads(text) if isinstance(text, str) else text
    except OSError as error:
        raise DataError(f"{path}: cannot read the gold ({error.strerror}): see docs/gold.md") from error
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{error.lineno}: not JSON ({error.msg})") from error
    if isinstance(content, Refusal):
        raise DataError(str(content))
    names = ("articles", "statements", "pairs")
    fields = _fields(str(path), content, names, ("note",))
    lists: dict[str, list[object]] = {}
    for name in names:
        items = fields[name]
        if not isinstance(items, list):
            raise DataError(f"{path}: '{name}' must be a list, got {shown(items)}")
        lists[name] = items
    return lists


def _fields(where: str, entry: object, required: Sequence[str], optional: Sequence[str]) -> dict[str, object]:
    """Return the fields of an entry, with no key absent and none that we do not know."""
    if not isinstance(entry, dict):
        raise DataError(f"{where}: needed an object with {listed(required)}, got {shown(entry)}")
    absent = [name for name in required if name not in entry]
    unknown = sorted(set(entry) - {*required, *optional})
    if absent:
        raise DataError(f"{where}: no {listed(absent)}: {listed(required)} are needed")
    if unknown:
        raise DataError(f"{where}: unknown {listed(unknown)}: known are {listed((*required, *optional))}")
    return dict(entry)


def _entries(path: Path, items: list[object], name: str) -> list[tuple[str, object]]:
    """Return each entry with the words that say where it stands."""
    placed: list[tuple[str, object]] = []
    for number, entry in enumerate(items, start=1):
        id_ = entry.get("id") if isinstance(entry, dict) else None
        placed.append((f"{path}: {name}, entry {number}" + (f" ({id_})" if id_ else ""), entry))
    return placed


def _articles(path: Path, listing: list[object], read: Sequence[Article], name: str) -> dict[str, Article]:
    """Return the listed articles by the ids that the gold gives them, in reading order."""
    exact = {article.id: article for article in read}
    bare = {article.id.removeprefix(f"{name}/"): article for article in read}
    found: dict[str, Article] = {}
    for where, id_ in _entries(path, listing, "articles"):
        if not isinstance(id_, str):
            raise DataError(f"{where}: an article id must be text, got {shown(id_)}")
        article = exact.get(id_) or bare.get(id_.removeprefix(f"{name}/"))
        if article is None:
            raise DataError(f"{where}: no article {id_!r} in the folder: it has {listed(sorted(exact))}")
        if article in found.values():
            raise DataError(f"{where}: the article {article.id!r} is listed twice")
        found[id_] = article
    order = {article.id: number for number, article in enumerate(read)}
    return dict(sorted(found.items(), key=lambda item: order[item[1].id]))


def _statement(where: str, entry: object, articles: Mapping[str, Article], roster: Roster) -> Statement:
    fields = _fields(where, entry, _STATEMENT, _STATEMENT_MAY)
    id_, text = _text(where, fields, "id"), _text(where, fields, "text")
    article = articles.get(_text(where, fields, "article_id"))
    if article is None:
        got = shown(fields["article_id"])
        raise DataError(f"{where}: article_id {got} is not under 'articles': {listed(articles)} are")
    start, end = _offset(where, fields, "start"), _offset(where, fields, "end")
    if article.text[start:end] != text:
        got = shown(article.text[start:end])
        raise DataError(f"{where}: the article has {got} at {start}:{end}, the gold {shown(text)}")
    if end > len(article.text):
        # A slice forgives an end behind the text; the length of the span would not.
        raise DataError(f"{where}: 'end' is {end}, the article has {len(article.text)} characters")
    party, speaker = fields["party"], fields.get("speaker")
    if party is not None and not (isinstance(party, str) and roster.by_id(party)):
        known = listed([*(p.id for p in roster.parties), "null"], word="or")
        raise DataError(f"{where}: unknown party {shown(party)}: {ROSTER_FILE} allows {known}")
    if speaker is not None:
        speaker = _text(where, fields, "speaker")
    denies = fields.get("denies", False)
    if not isinstance(denies, bool):
        raise DataError(f"{where}: 'denies' must be true or false, got {shown(denies)}")
    return Statement(
        id=id_,
        text=text,
        start=start,
        end=end,
        article_id=article.id,
        speaker=speaker,
        party=party,
        kind=kind_of(text),
        denies=denies,
        said=article.published,
    )


def _pair(where: str, entry: object, statements: Mapping[str, Statement], roster: Roster) -> GoldPair:
    fields = _fields(where, entry, _PAIR, _PAIR_MAY)
    parties: list[str] = []
    for name in ("a", "b"):
        id_ = _text(where, fields, name)
        if id_ not in statements:
            raise DataError(f"{where}: '{name}' is {id_!r}: no statement has this id")
        party = statements[id_].party
        if party is None:
            raise DataError(f"{where}: {id_!r} has no party: pairs hold statements of opposing parties")
        parties.append(party)
    if not roster.opposed(*parties):
        raise DataError(
            f"{where}: {parties[0]!r} and {parties[1]!r} do not oppose each other in {ROSTER_FILE}"
        )
    label = label_of(_text(where, fields, "label"))
    if label is None:
        raise DataError(f"{where}: unknown label {shown(fields['label'])}: {listed(LABELS)} are known")
    note = _text(where, fields, "note") if fields.get("note") else None
    return GoldPair(_text(where, fields, "a"), _text(where, fields, "b"), label, note)


def _text(where: str, fields: Mapping[str, object], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{where}: '{name}' must be a text that is not empty, got {shown(value)}")
    return value


def _offset(where: str, fields: Mapping[str, object], name: str) -> int:
    value = fields[name]
    # True is an int to Python; a negative offset would count from the end of the text.
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise DataError(f"{where}: '{name}' must be a character offset of 0 or more, got {shown(value)}")
    return value
