"""Articles to statements: tag, link, name the speaker, find the party, cut the words out exactly.

The one function that others call is :func:`extract`; it holds no rules of its own about parties or
denials, and runs no model but the tagger it is given.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from stance.attribution.background import is_background
from stance.attribution.clauses import complete, rejoin
from stance.attribution.denials import CLAIM_NOUN, denies
from stance.attribution.linking import Attribution, Span, link
from stance.attribution.mending import mend
from stance.attribution.naming import fuller, surnames
from stance.attribution.parties import Mention, PartyAssignment, PartyFinder
from stance.attribution.people import People, full_of, gather
from stance.attribution.pieces import kind_of, pieces, quoted_kind
from stance.attribution.quotes import MARKS, SINGLE, inside, quotations
from stance.attribution.sentences import sentence_spans
from stance.attribution.speakers import SourceMention, is_pronoun, resolve
from stance.attribution.wording import is_fragment, said_as
from stance.facts.numbers import find_quantities
from stance.facts.when import find_days, said_on
from stance.records import Article, Kind, Statement

_CLAIM_ID = "#claimed"
# "a report by the ministry that P", "the union's claim that P", "claims that P".
_CLAIMED = re.compile(
    r"\W*(?:as [\w-]+ )?(?:(?P<whose>(?:[\w’'-]+\s+){0,5}?[\w’'-]*\w)['’]s?\s+)?(?:[\w’-]+\s+){0,3}?"
    rf"(?P<noun>{CLAIM_NOUN})(?:\s+(?:(?:made|published|issued|spread)\s+)?(?:by|from)\s+(?P<by>[^,;.]{{2,80}}?))?"
    r",?\s+that\s+",
    re.IGNORECASE,
)
# "Ukraine's general staff on Saturday".
_ON_DAY = re.compile(r",?\s+(?:on|late on|early on)\s+(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day$")
_DAY = re.compile(r"\b(?:\w+day|week|month|year)$", re.IGNORECASE)
_NEGATION = re.compile(r"\b(?:neither|never|not|nor)\s+\Z|n['’]t\s+\Z")
_NEAR = 12  # characters before a cue
_DAY_REACH = 30  # characters behind reporting words: "in a statement on Sunday"


__all__ = ["Tags", "extract", "kind_of", "speaker_name"]


class Tags(Protocol):
    """What extraction needs of a span tagger."""

    def tag(  # noqa: D102
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> list[list[Span]]: ...


@dataclass(frozen=True, slots=True)
class _Draft:
    """A statement before its party is known."""

    start: int
    end: int
    source: SourceMention | None
    cue: str | None
    kind: Kind
    denies: bool
    saying: tuple[int, int] | None = None
    aside: Span | None = None
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    """An article on its way: its attributions and, for each, the mention of its speaker."""

    article: Article
    attributions: list[Attribution]
    mentions: list[SourceMention | None]


def extract(
    articles: Sequence[Article],
    tagger: Tags,
    finder: PartyFinder,
    *,
    progress: Callable[[int], None] | None = None,
    reasons: dict[str, str] | None = None,
) -> list[Statement]:
    """Return the statements of all articles, in the order of the articles and of their text.

    ``article.text[s.start:s.end] == s.text`` holds for every statement. A content of several sentences
    gives one statement a sentence; what stands outside any attribution is background and gives none.
    Speaker and party are None when the articles do not tell. A person that one article names in full is
    known in the others about the same event, by surname and with the party. ``reasons`` is filled with why
    each statement has its party or none, by statement id.
    """
    read: list[_Read] = []
    for article in articles:
        attributions = _attributions(article.text, tagger.tag([article.text])[0])
        read.append(_Read(article, attributions, _mentions(article.text, attributions, People())))
        if progress:
            progress(1)
    read = _with_people(read)
    drafts = [_drafts(item) for item in read]
    statements: list[Statement] = []
    parties = _assigned(read, drafts, finder)
    # 'the ministry' found without a name would say no more than "we".
    names = {p.id: p.name for p in finder.roster().parties if p.name[:1].isupper()}
    for item, found, assigned in zip(read, drafts, parties, strict=True):
        for draft, party in zip(found, assigned, strict=True):
            name = names.get(party.party_id or "") if party else None
            statement = _statement(item.article, draft, party, name)
            statements.append(statement)
            if reasons is not None:
                reasons[statement.id] = party.reason if party else "no speaker is named"
    return statements


def _statement(
    article: Article, draft: _Draft, party: PartyAssignment | None, party_name: str | None
) -> Statement:
    said = said_on(article.text, *draft.saying, article.published) if draft.saying else article.published
    when = find_days(article.text, draft.start, draft.end, said)
    return Statement(
        id=f"{article.id}:{draft.start}-{draft.end}{draft.suffix}",
        text=article.text[draft.start : draft.end],
        start=draft.start,
        end=draft.end,
        article_id=article.id,
        speaker=speaker_name(draft.source.name) if draft.source else None,
        party=party.party_id if party else None,
        cue=draft.cue,
        kind=draft.kind,
        denies=draft.denies,
        said=said,
        when=when,
        quantities=find_quantities(article.text, draft.start, draft.end, when),
        said_as=said_as(article.text, (draft.start, draft.end), draft.aside, party_name),
        fragment=is_fragment(article.text[draft.start : draft.end]),
    )


def _mentions(text: str, attributions: Sequence[Attribution], people: People) -> list[SourceMention | None]:
    sources = [a.source for a in attributions]
    return fuller(text, sources, resolve(text, sources, surnames(text, people)), people)


def _with_people(read: Sequence[_Read]) -> list[_Read]:
    """Name the speakers again, with the people of the other articles about the same event at hand."""
    people = _people(read)
    return [
        replace(item, mentions=_mentions(item.article.text, item.attributions, known)) if known else item
        for item in read
        for known in (people.get(item.article.event),)
    ]


def _people(read: Sequence[_Read]) -> Mapping[str | None, People]:
    """The people of each event that several articles tell of."""
    names: dict[str | None, list[str]] = {}
    for item in read:
        names.setdefault(item.article.event, []).extend(m.name for m in item.mentions if m)
    several = Counter(item.article.event for item in read)
    return {event: gather(found) for event, found in names.items() if several[event] > 1}


def _assigned(
    read: Sequence[_Read], drafts: Sequence[Sequence[_Draft]], finder: PartyFinder
) -> list[list[PartyAssignment | None]]:
    """The party of each draft; who has none takes that of the same full name elsewhere in the event."""
    result: list[list[PartyAssignment | None]] = []
    known: dict[tuple[str | None, str], dict[str, str]] = {}
    for item, found in zip(read, drafts, strict=True):
        text = item.article.text
        named = [d.source for d in found if d.source is not None]
        given = iter(
            finder.assign(
                text,
                [Mention(text[m.start : m.end], m.start, m.end, m.of) for m in named],
                day=item.article.published,
            )
        )
        result.append([next(given) if d.source is not None else None for d in found])
        for draft, party in zip(found, result[-1], strict=True):
            name = full_of(draft.source.name) if draft.source else None
            if name and party and party.party_id:
                known.setdefault((item.article.event, name), {}).setdefault(party.party_id, item.article.id)
    for item, found, parties in zip(read, drafts, result, strict=True):
        for n, (draft, party) in enumerate(zip(found, parties, strict=True)):
            name = full_of(draft.source.name) if draft.source else None
            elsewhere = known.get((item.article.event, name), {}) if name else {}
            if party and party.party_id is None and not party.outside and len(elsewhere) == 1:
                ((party_id, article_id),) = elsewhere.items()
                parties[n] = PartyAssignment(party_id, f"{name} has it in {article_id}")
    return result


def speaker_name(phrase: str) -> str:
    """Return a source phrase as a name to show: on one line, without the day it was followed by."""
    return _ON_DAY.sub("", " ".join(phrase.split())) or phrase


def _attributions(text: str, spans: Sequence[Span]) -> list[Attribution]:
    sentences = sentence_spans(text)
    quoted = quotations(text)
    whole = complete(text, mend(text, spans, sentences), sentences, quoted)
    linked = rejoin(text, link(text, whole, [end for _, end in sentences]), sentences)
    return [a for a in linked if not _is_background(text, a, quoted)]


def _drafts(read: _Read) -> list[_Draft]:
    text = read.article.text
    sentences = sentence_spans(text)
    quoted = quotations(text)
    found: dict[tuple[int, int, str], _Draft] = {}
    for attribution, mention in zip(read.attributions, read.mentions, strict=True):
        cue = text[attribution.cue.start : attribution.cue.end] if attribution.cue else None
        span = attribution.content
        denied = (
            denies(cue, text[span.start : span.end])
            and not attribution.continued
            and not _own_words(text, span, quoted)
        )
        saying = _saying(attribution, sentences)
        claim = _CLAIMED.match(text, span.start, span.end) if denied else None
        claimant = _claimant(claim) if claim else None
        for start, end in pieces(text, claim.end() if claim else span.start, span.end, sentences, quoted):
            kind = quoted_kind(text, start, end, quoted, attribution.aside)
            found.setdefault(
                (start, end, ""), _Draft(start, end, mention, cue, kind, denied, saying, attribution.aside)
            )
            if claim and claimant:
                said = _Draft(start, end, claimant, claim.group("noun"), kind, denies=False, suffix=_CLAIM_ID)
                found.setdefault((start, end, _CLAIM_ID), said)
    return [found[key] for key in sorted(found)]


def _is_background(text: str, attribution: Attribution, quoted: Sequence[tuple[int, int]]) -> bool:
    cue, content = attribution.cue, attribution.content
    # "The city neither {confirmed nor denied}"
    negation = _NEGATION.search(text, max(0, cue.start - _NEAR), cue.start) if cue else None
    return is_background(
        text[negation.start() if negation else cue.start : cue.end] if cue else None,
        text[content.start : content.end],
        sourced=attribution.source is not None,
        quoted=_touches(quoted, content),
    )


def _saying(item: Attribution, sentences: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Where the reporting words stand, with what says on which day: "told reporters on Sunday"."""
    if item.cue is None or item.continued:
        return None
    at = bisect_left(sentences, item.cue.end, key=lambda s: s[0]) - 1
    opening, closing = sentences[at] if at >= 0 else (item.cue.start, item.cue.end)
    start = min(item.cue.start, item.source.start) if item.source else item.cue.start
    end = max(item.cue.end, item.source.end) if item.source else item.cue.end
    if item.content.start >= end:
        return max(start, opening), min(end + _DAY_REACH, item.content.start)
    if item.content.end <= start:
        return max(start, opening), min(end + _DAY_REACH, closing)
    return item.cue.start, item.cue.end


def _touches(quoted: Sequence[tuple[int, int]], content: Span) -> bool:
    last = bisect_left(quoted, content.end, key=lambda q: q[0]) - 1
    return last >= 0 and quoted[last][1] > content.start


def _claimant(claim: re.Match[str]) -> SourceMention | None:
    """Who made the claim that is denied, as in "denied an assertion by officials in Moscow that P"."""
    for group in ("by", "whose"):
        name = claim.group(group)
        if name and not is_pronoun(name) and not _DAY.search(name):
            return SourceMention(name, *claim.span(group))
    return None


def _own_words(text: str, content: Span, quoted: Sequence[tuple[int, int]]) -> bool:
    """Whether a content is a quoted sentence: in '"We were never there," he denied' it is not denied."""
    that = re.compile(r"that:\s*").match(text, content.start, content.end)
    opening = that.end() if that else content.start
    start = opening + (text[opening : opening + 1] in tuple(MARKS + SINGLE))
    return (
        inside(quoted, opening)
        and text[start : start + 1].isupper()
        and (that is not None or not re.search(r"[\w'’]\s*$", text[: content.start].rstrip(MARKS + SINGLE)))
    )
