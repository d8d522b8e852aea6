"""Bodies that are no states (unions, companies): their names in a phrase, and which names are one.

It gives bodies ids. Whether a body is a party of a roster is for ``parties.py`` to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from stance.attribution.descriptions import Page
from stance.attribution.gazetteer import find_states
from stance.attribution.hits import speaks_for
from stance.attribution.lexicon import BODIES, Word, is_body, words, words_of
from stance.attribution.phrases import NounPhrase, Segment, capitals, common, noun_phrase

_SMALL = frozenset({"of", "the", "and", "for", "a", "an", "&"})
_LEGAL = frozenset(
    {"ltd", "limited", "inc", "plc", "corp", "corporation", "llc", "co", "company", "gmbh", "ag", "sa"}
)


@dataclass(slots=True)
class Body:
    """A body known so far: its id, its longest name, the word that heads it and the stems of its words."""

    id: str
    name: str
    head: str
    stems: frozenset[str]


class Bodies:
    """The bodies of an article set.

    Two names are one body when the same word heads both, one has all the words of the other, and only one
    known body fits so. A single word that every side has ('ministry') is one body only with the same word.
    """

    def __init__(self, taken: Collection[str] = ()) -> None:
        self._taken = set(taken)
        self.all: list[Body] = []

    def add(self, name: str, fuller: Iterable[str] = ()) -> str:
        """Return the id of the body called ``name``, a new one when it is not known.

        ``fuller`` holds the names of bodies in the same article; the one longer form of ``name`` among them,
        if there is one, is taken for its name, and there 'the ministry' may be 'the Port Ministry'.
        """
        given = _body("", name)
        told = [_body("", full) for full in sorted(set(fuller))]
        longer = [body for body in told if body.head == given.head and body.stems > given.stems]
        new = longer[0] if len({body.stems for body in longer}) == 1 else given
        known = self.find(new.name)
        if known is None:
            new.id = self._new_id(new.name)
            self.all.append(new)
            return new.id
        if len(new.stems) > len(known.stems):
            known.name, known.stems = new.name, new.stems
        return known.id

    def put(self, id_: str, name: str) -> None:
        """Add a name of a body whose id is given; one id may have several names."""
        self.all.append(_body(id_, name))

    def find(self, name: str, *, least: int = 1) -> Body | None:
        """Return the one known body that ``name`` is a form of, None when none or several are.

        ``least``: how many words of its own the name must have, small words not counted.
        """
        new = _body("", name)
        exact = [body for body in self.all if body.head == new.head and body.stems == new.stems]
        fitting = exact or [body for body in self.all if _same(body, new)]
        if len(new.stems) < least or len({body.id for body in fitting}) != 1:
            return None
        return fitting[0]

    def _new_id(self, name: str) -> str:
        plain = (
            unicodedata.normalize("NFKD", name.replace("’", "'")).encode("ascii", "ignore").decode().lower()
        )
        slug = re.sub(
            r"[^a-z0-9]+", "-", re.sub(r"'s?\b|'", lambda m: "s" if m.group() == "'s" else "", plain)
        )
        slug = slug.strip("-").removeprefix("the-") or "body"
        # the ids of states are two letters
        slug = f"{slug}-body" if len(slug) == 2 else slug  # noqa: PLR2004
        number, id_ = 1, slug
        while id_ in self._taken:
            number += 1
            id_ = f"{slug}-{number}"
        self._taken.add(id_)
        return id_


def _same(a: Body, b: Body) -> bool:
    if a.head != b.head or not a.stems or not (a.stems <= b.stems or b.stems <= a.stems):
        return False
    bare = min(a.stems, b.stems, key=len)
    return a.stems == b.stems or len(bare) > 1 or not bare & {stem(w) for w in words_of("shared")}


def _body(id_: str, name: str) -> Body:
    told = [word.low for word in words(name) if word.low not in _SMALL or word.low == "of"]
    while len(told) > 1 and told[-1] in _LEGAL and told != ["the", told[-1]]:
        told.pop()
    before_of = told[: told.index("of")] if "of" in told[1:] else told
    return Body(
        id_,
        name,
        stem(before_of[-1]) if before_of else "",
        frozenset(stem(word) for word in told if word != "of"),
    )


def stem(word: str) -> str:
    """Singular and plural alike: only the last s goes, as names need no more."""
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def named_body(page: Page, piece: Sequence[Segment]) -> tuple[str, bool] | None:
    """Return the name of the body that one part of a phrase speaks for, and whether it is common words only.

    None when the part names no body, or names it too loosely to tell it from others ('the group', 'a bank').
    """
    head = noun_phrase(piece[0])
    for n, segment in enumerate(piece):
        phrase = noun_phrase(segment)
        if (n and not speaks_for(head, segment, n)) or phrase.is_a("unbound"):
            return None
        core = phrase.core or phrase.name
        if office := _office(phrase):
            return office, False
        if core and _is_name(page, phrase, core, head if n else phrase):
            tail = _tail(phrase, piece[n + 1]) if n + 1 < len(piece) else ()
            if common(core) and not tail and not _alone(phrase):
                return None
            own = page.company_called(plain_name(core)) or plain_name(core)
            if tail and len(core) == 1:
                own = core[0].text
            return " ".join([own, *tail]), common(core) and not tail
        if core and not phrase.roles:
            return None
    return None


def _office(phrase: NounPhrase) -> str | None:
    """The body that a title alone tells: 'Environment Minister Holm' speaks for the environment ministry."""
    if phrase.core or phrase.is_a("former"):
        return None
    roles = [word.low for word in phrase.roles]
    if roles[-1:] == ["minister"]:
        field = [w for w in roles[:-1] if w not in _NO_FIELD]
        return f"{' '.join(field)} ministry" if field else None
    return "prosecution" if roles and roles[-1] in {"prosecutor", "prosecutors"} else None


_NO_FIELD = frozenset(
    [
        "prime",
        "vice",
        "first",
        "deputy",
        "acting",
        "interim",
        "senior",
        "former",
        "junior",
        "state",
        "top",
        "chief",
        "the",
    ]
)


def _is_name(page: Page, phrase: NounPhrase, core: Sequence[Word], head: NounPhrase) -> bool:
    """Whether ``core`` names a body: by its last word, by the article, or by what stands beside it."""
    if any(word.low in {"and", "or"} or word.is_a("crowd-of") or word.text.isdigit() for word in core):
        return False
    if is_body(core[-1]):
        return bool(phrase.core)
    if all(word.is_a("leanings") for word in core):
        return False
    text = plain_name(core)
    return text in page.bodies or page.company_called(text) is not None or _shown(page, phrase, core, head)


def _shown(page: Page, phrase: NounPhrase, core: Sequence[Word], head: NounPhrase) -> bool:
    """Whether capitals without a body word are a body's name: 'Shell spokesman', 'the Teamsters', 'NRA'."""
    text = plain_name(core)
    # the person that a phrase itself names is no body: 'President Jo March Jr.'
    own_name = not phrase.core and head is phrase
    if own_name or not capitals(core) or find_states(text) or page.is_person(core):
        return False
    if phrase.roles or head is not phrase:
        return head.is_a("company-roles") and not head.is_a("local") and not core[-1].possessive
    # 'the Post' and 'the Lisbon Sun' are no sides, nor is 'the Linds'
    if len(core) > 1:
        return False
    several = phrase.article == "the" and text.endswith("s") and not page.is_person(words(text[:-1]))
    return several or (len(text) > 1 and text.isupper() and not core[0].is_a("outside"))


def _tail(phrase: NounPhrase, following: Segment) -> tuple[str, ...]:
    """Return the words that a following segment adds to a name: 'Ministry' + 'of Defence'."""
    after = noun_phrase(following)
    if phrase.roles or phrase.name or (after.roles and after.name) or phrase.article in {"a", "an"}:
        return ()
    named = phrase.core and phrase.core[-1].capital and following.words[-1].capital
    if following.link != "of" and not (named and following.link in {"for", "on", "against"}):
        return ()
    return (following.link, *(w.text for w in following.words if w.text.lower() != "the"))


def _alone(phrase: NounPhrase) -> bool:
    """Whether common words name a body well enough: 'police', 'the ruling party', 'a protester'."""
    core = phrase.core
    # of 'her campaign' only she would tell
    if phrase.article not in {"", "the", "a", "an"}:
        return False
    indefinite = phrase.article in {"a", "an"} and not phrase.roles
    if len(core) == 1:
        return core[0].is_a("alone") and (not indefinite or core[0].is_a("crowds", "fighters"))
    several = core[-1].low.endswith("s") and core[-1].is_a("kinds", "companies")
    return not indefinite and not several


def plain_name(core: Sequence[Word]) -> str:
    """Return the name of a body from its words: no last possessive, a crowd in the plural."""
    texts = [word.text for word in core]
    texts[-1] = core[-1].base
    if not core[-1].capital:
        # 'Trump's campaign' is the Trump campaign; 'the dockers' union' keeps its plural
        texts = [w.base if w.capital and w.text[-1] == "s" else t for w, t in zip(core, texts, strict=True)]
    last = core[-1]
    if (
        last.is_a("crowds", "fighters")
        and not last.is_a("bodies")
        and last.low[-2:] in {"er", "or", "st", "nt", "el"}
    ):
        texts[-1] += "s"
    if len(core) == 1 and core[0].is_a(*BODIES) and not core[0].text.isupper():
        texts[0] = texts[0].lower()
    return " ".join(texts)
