"""Says which party each speaker of an article stands for: one of a roster, or, without one, a state or body.

Rules over the speaker phrase, then over where the article describes the speaker; nothing is guessed: whoever
fits nothing gets no party. It does not find speakers or resolve pronouns (``speakers.py`` does).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice, pairwise

from stance.attribution.bodies import Bodies, named_body
from stance.attribution.descriptions import Page, page_of
from stance.attribution.gazetteer import find_states, states
from stance.attribution.hits import Hit, Unclear, spoken_for
from stance.attribution.lexicon import Word, is_body, known_bodies, words, words_of
from stance.attribution.names import full_name
from stance.attribution.phrases import LINKS, Segment, capitals, common, former, noun_phrase, outside, parts
from stance.attribution.roster import Roster, alias_key
from stance.records import Party

# With a roster, a body that only shares words with an alias needs this many of them: 'the dockers' union' is
# 'Northport Dockers' Union', 'the union' may be any.
_LEAST_WORDS = 2
# So many earlier phrases with the same head are read; a text of a million characters has thousands.
_NEAREST = 30
# Between 'Russia' and 'Ukraine' in 'officials of Russia and Ukraine': no one party is spoken for.
_LISTED = re.compile(r"(?:['’]s)?\s*(?:,|/|&|,?\s*and|,?\s*or)\s*(?:the\s+)?")


@dataclass(frozen=True, slots=True)
class Mention:
    """A speaker phrase: ``article.text[start:end] == text``. ``of`` is the span of whoever its pronoun is.

    In "Its director said", "Its" stands for a company named before; that name is at ``of``.
    """

    text: str
    start: int
    end: int
    of: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class PartyAssignment:
    """The party a speaker stands for, and in a few words why; no party, and why not.

    ``outside``: the speaker is none of the parties, or speaks for two: no other article changes that.
    """

    party_id: str | None
    reason: str
    outside: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """What a phrase led to: the id of a party, or the name of a body that has no id yet."""

    reason: str
    party: str | None = None
    body: str = ""
    common: bool = False

    @property
    def sure(self) -> bool:
        """Whether no fuller name need be looked for."""
        return self.party is not None or not self.common


class PartyFinder:
    """Finds the party of each speaker, article by article.

    With a ``roster`` only its parties are given; a state's demonyms, capitals and organs count for the party
    that carries the state's name. Without one, states come from the gazetteer (ids: lower-case alpha-2 codes)
    and other bodies get slugs of their names; those found in one article are known in the next, under the
    rule of :class:`~stance.attribution.bodies.Bodies`.

    A party is read off the head of the phrase ('the Russian envoy to Ukraine' is Russia), else off what
    stands behind of, for, from, at; else off the longest description of the person in the article, else off
    the nearest earlier phrase with the same head ('the general staff'). Not handled: persons known only by
    name, two states in one head, irony.
    """

    def __init__(self, roster: Roster | None = None) -> None:
        self._given = roster
        self._names = {state.id: state.name for state in states()}
        self._phrases: dict[str, dict[str, None]] = {}
        # What an article says of its persons, by name: asked for at every mention.
        self._read: dict[tuple[str, ...], _Found | None] = {}
        if roster is None:
            known = tuple(Party(id_, names[0], names[1:]) for id_, names in known_bodies())
            self._listed = Roster(known)
            self._by_state = {id_: id_ for id_ in self._names}
            self._names |= {party.id: party.name for party in known}
            self._bodies = Bodies(taken=self._names)
        else:
            self._use(roster.on(None))

    def _use(self, roster: Roster) -> None:
        """Give the parties of a roster from here on."""
        self._listed = roster
        self._by_state = _state_parties(roster)
        self._bodies = Bodies()
        for party in roster.parties:
            for alias in (party.name, *party.aliases):
                if any(is_body(word) for word in words(alias)):
                    self._bodies.put(party.id, alias)

    def assign(
        self, text: str, mentions: Sequence[Mention], *, day: date | None = None
    ) -> list[PartyAssignment]:
        """Return the party of each mention of one article, in the order given, with the reason.

        ``day`` is that of the article: members of a given roster speak for their party for a time only.

        Raises ValueError when a mention is not what ``text`` has at its offsets.
        """
        page = page_of(text)
        self._read = {}
        if self._given is not None and (today := self._given.on(day)) != self._listed:
            self._use(today)
        found: list[_Found | PartyAssignment] = []
        for mention in mentions:
            got = text[mention.start : mention.end]
            if got != mention.text:
                raise ValueError(
                    f"the text has {got!r} at {mention.start}:{mention.end}, not {mention.text!r}; "
                    "offsets must fit"
                )
            found.append(self._speaker(page, mention))
        # the longest name first, so that the short forms of one article join it whatever their order
        bodies = sorted(
            {f.body for f in found if isinstance(f, _Found) and f.body}, key=lambda name: (-len(name), name)
        )
        fuller = [*bodies, *(name for name in page.bodies if not find_states(name))]
        ids = {name: self._bodies.add(name, fuller) for name in bodies}
        result: list[PartyAssignment] = []
        for mention, hit in zip(mentions, found, strict=True):
            if isinstance(hit, PartyAssignment):
                result.append(hit)
                continue
            party = hit.party or ids[hit.body]
            result.append(PartyAssignment(party, hit.reason))
            self._phrases.setdefault(party, {})[_alias(mention.text)] = None
        return result

    def roster(self) -> Roster:
        """Return the given roster, or all parties found so far, by id.

        Their aliases are the speaker phrases that led to them, without those that led to two parties or that
        say nothing outside their article ('the company', 'the spokesman').
        """
        if self._given is not None:
            return self._given
        named = self._names | {body.id: body.name for body in self._bodies.all}
        owners: dict[str, set[str]] = {}
        for party, phrases in self._phrases.items():
            for alias in (named[party], *phrases):
                owners.setdefault(alias_key(alias), set()).add(party)
        parties: list[Party] = []
        for party, phrases in sorted(self._phrases.items()):
            aliases = {alias_key(named[party]): ""}
            for alias in sorted(phrases):
                if len(owners[alias_key(alias)]) == 1 and not _bare(alias):
                    aliases.setdefault(alias_key(alias), alias)
            parties.append(Party(party, named[party], tuple(a for a in aliases.values() if a)))
        return Roster(tuple(parties))

    def _speaker(self, page: Page, mention: Mention) -> _Found | PartyAssignment:
        if mention.text.strip(" ,.\"'“”").lower() in words_of("pronouns"):
            return PartyAssignment(None, "a pronoun whose speaker is unknown")
        try:
            found = self._find(page, mention.start, mention.end)
            if found is None and mention.of:
                found = self._find(page, *mention.of)
        except Unclear as unclear:
            return PartyAssignment(None, str(unclear), outside=True)
        if found is None and self._given and (name := self._given.changes_sides(mention.text)):
            return PartyAssignment(None, f"'{name}' is of no party on the day of the article", outside=True)
        return found or PartyAssignment(None, "no party is named for the speaker")

    def _find(self, page: Page, start: int, end: int, *, person: bool = True) -> _Found | None:
        """Read a phrase; else what the article says of its person, else of its body; else the bare body."""
        direct = self._direct(page, start, end)
        if direct is not None and direct.sure:
            return direct
        pieces = parts(page.text, start, end)
        if person and pieces:
            head = noun_phrase(pieces[0][0])
            # 'Lind's spokesman'
            boss = head.roles and not head.article and capitals(head.core) and page.is_person(head.core)
            name = head.name or (head.core if boss else ())
            found = self._person(page, name) if name else None
            if found is not None:
                return found
        for piece in pieces:
            for segment in piece:
                found = None if former(segment) or segment.link not in LINKS else self._short(page, segment)
                if found is not None:
                    return found
        return direct

    def _person(self, page: Page, name: Sequence[Word]) -> _Found | None:
        """Read the descriptions of a person, the longest first; else look for one alias with the surname."""
        key = tuple(word.base for word in name)
        if key not in self._read:
            self._read[key] = self._described(page, name)
        return self._read[key]

    def _described(self, page: Page, name: Sequence[Word]) -> _Found | None:
        least: _Found | None = None
        for start, end in page.describe(name):
            found = self._find(page, start, end, person=False)
            if found is not None:
                found = replace(found, reason=_quote(page, start, end))
                if found.sure:
                    return found
                least = least or found
        if least is None and self._given is not None and len(name) == 1:
            return _surname(self._given, page, name[0].base)
        return least

    def _short(self, page: Page, segment: Segment) -> _Found | None:
        """Find the fuller earlier phrase of 'the general staff', 'the company' or 'the spokesman'."""
        phrase = noun_phrase(segment)
        if phrase.article not in ({"", "the", "a", "an"} if phrase.roles else {"", "the"}):
            return None
        if common(phrase.core) and is_body(phrase.core[-1]):
            told = phrase.core[-1].is_a("companies") and (phrase.article or phrase.roles)
            if told and (span := page.company_before(segment.start)):
                return self._quoted(page, *span)
            for start, end in islice(page.earlier(phrase.core, segment.start), _NEAREST):
                found = self._quoted(page, start, end)
                # 'a network' introduces nothing that 'the network' could be matched by
                named = found and (not found.common or page.text[start:end].lower().startswith("the "))
                if found and named and (found.party or len(found.body.split()) > len(phrase.core)):
                    return found
        elif not phrase.core and not phrase.name and phrase.article == "the" and not outside(segment):
            spans = islice(page.earlier(phrase.roles, segment.start), _NEAREST)
            every = [f for f in (self._quoted(page, *span) for span in spans) if f and f.sure]
            # a role has many holders: it is clear who is meant only when all speak for one party
            if len({(f.party, f.body) for f in every}) == 1:
                return every[0]
        return None

    def _quoted(self, page: Page, start: int, end: int) -> _Found | None:
        try:
            found = self._direct(page, start, end)
        except Unclear:
            return None
        return replace(found, reason=_quote(page, start, end)) if found else None

    def _direct(self, page: Page, start: int, end: int) -> _Found | None:
        """Read the party off the phrase itself. Raises Unclear for two parties and for outsiders."""
        hits = self._hits(page.text, start, end)
        for one, two in pairwise(hits):
            if one.party != two.party and _LISTED.fullmatch(page.text, one.end, two.start):
                raise Unclear("the speaker phrase names two parties")
        for piece in parts(page.text, start, end, [(hit.start, hit.end) for hit in hits]):
            if former(piece[0]):
                continue
            if outside(piece[0]) and not any(h.rank != 1 and h.start < piece[0].end <= h.end for h in hits):
                raise Unclear(f"outside the dispute: {_quote(page, piece[0].start, piece[0].end)}")
            hit = spoken_for(piece, hits)
            found = _Found(hit.reason, party=hit.party) if hit else self._by_body(page, piece)
            if found is not None:
                return found
        return None

    def _hits(self, text: str, start: int, end: int) -> list[Hit]:
        """Find all parties named in a span."""
        phrase = text[start:end]
        named = {(a, b): state for state, a, b in find_states(phrase)}
        hits: list[Hit] = []
        for party, alias, a, b in self._listed.find(phrase):
            proper = any(word.capital for word in words(alias.removeprefix("The ")))
            rank = 1 if (a, b) in named else 2 if proper else 0
            hits.append(Hit(party.id, start + a, start + b, f"alias '{alias}'", rank))
        for (a, b), state in named.items():
            if state.id in self._by_state and not any(h.start <= start + a < h.end for h in hits if h.rank):
                form = state.form(phrase[a:b])
                reason = f"{form} '{phrase[a:b]}' in the speaker phrase"
                town = form == "capital"
                hits.append(Hit(self._by_state[state.id], start + a, start + b, reason, 1, town))
        return sorted(hits, key=lambda hit: (hit.start, -hit.end))

    def _by_body(self, page: Page, piece: Sequence[Segment]) -> _Found | None:
        """Read a body that is no listed party off one part of a phrase, an acronym by its long form."""
        for segment in piece[:2]:
            phrase = noun_phrase(segment)
            core = phrase.core or phrase.name
            if len(core) == 1 and core[0].text.isupper() and (span := page.spelt_out(core[0].base)):
                return self._quoted(page, *span)
        named = named_body(page, piece)
        return self._body(*named) if named else None

    def _body(self, name: str, is_common: bool) -> _Found | None:  # noqa: FBT001
        reason = f"body '{name}' in the speaker phrase"
        if self._given is None:
            return _Found(reason, body=name, common=is_common)
        known = self._bodies.find(name, least=_LEAST_WORDS)
        return _Found(f"alias '{known.name}' by its words", party=known.id) if known else None


def _quote(page: Page, start: int, end: int) -> str:
    return f"'{' '.join(page.text[start:end].split())}' in the article"


def _state_parties(roster: Roster) -> dict[str, str]:
    """Map the ids of states to the parties named like them; a state that two parties name maps to none."""
    owners: dict[str, set[str]] = {}
    for party in roster.parties:
        for alias in (party.name, *party.aliases):
            plain = re.sub(r"^[Tt]he\s+", "", alias)
            for state, start, end in find_states(plain):
                if (start, end) == (0, len(plain)) and state.form(plain) in {"name", "demonym"}:
                    owners.setdefault(state.id, set()).add(party.id)
    return {id_: min(parties) for id_, parties in owners.items() if len(parties) == 1}


def _surname(roster: Roster, page: Page, surname: str) -> _Found | None:
    """Find the one party with an alias 'First Surname', when the article gives no first name itself."""
    if full_name(page.text, surname) != surname:
        return None
    owners = {
        party.id: alias
        for party in roster.parties
        for alias in party.aliases
        if len(alias.split()) > 1 and alias.split()[-1] == surname and not is_body(words(alias)[-1])
    }
    if len(owners) != 1:
        return None
    ((party_id, alias),) = owners.items()
    return _Found(f"surname of alias '{alias}'", party=party_id)


def _alias(phrase: str) -> str:
    """Return the part of a speaker phrase that is worth keeping as an alias."""
    first = re.split(r"\s*[,(—]|\s(?:who|which)\s", phrase.strip(" \"“”'‘’"))[0]
    return re.sub(r"^(?:[Aa]n?)\s+", "", " ".join(first.split()))


def _bare(alias: str) -> bool:
    """Whether an alias means nothing outside its article: a role, or one common word."""
    if not words(alias):
        return True
    phrases = [noun_phrase(segment) for piece in parts(alias, 0, len(alias)) for segment in piece]
    names = any(w.capital for w in words(alias)[1:]) or any(phrase.name for phrase in phrases)
    return not names and all(len(p.core) < _LEAST_WORDS and (not p.core or common(p.core)) for p in phrases)
