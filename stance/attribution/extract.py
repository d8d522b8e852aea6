"""Articles to statements: tag, link, name the speaker, find the party, cut the words out exactly.

The one function that others call is :func:`extract`; it holds no rules of its own about parties or
denials, and runs no model but the tagger it is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from stance.attribution.denials import CLAIM_NOUN, denies
from stance.attribution.linking import Span, link
from stance.attribution.mending import mend
from stance.attribution.parties import Mention, PartyFinder
from stance.attribution.quotes import MARKS, SINGLE, inside, quotations
from stance.attribution.sentences import sentence_spans
from stance.attribution.speakers import SourceMention, is_pronoun, resolve
from stance.records import Article, Kind, Statement

# A content of fewer words ("so", "the deal") says nothing that can be compared.
MIN_WORDS = 3
_LOOSE = ",;:–—-"
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
# "that the town fell" loses its "that"; "that is a lie" does not.
_THAT = re.compile(r"that,?\s+(?!(?:is|was|would|will|has|had|could|can|should|means|makes)\b)")


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
    suffix: str = ""


def extract(
    articles: Sequence[Article],
    tagger: Tags,
    finder: PartyFinder,
    *,
    progress: Callable[[int], None] | None = None,
) -> list[Statement]:
    """Return the statements of all articles, in the order of the articles and of their text.

    ``article.text[s.start:s.end] == s.text`` holds for every statement. A content of several sentences
    gives one statement a sentence; what stands outside any attribution is background and gives none.
    Speaker and party are None when the article does not tell.
    """
    drafts: list[list[_Draft]] = []
    for article in articles:
        drafts.append(_drafts(article.text, tagger.tag([article.text])[0]))
        if progress:
            progress(1)
    statements: list[Statement] = []
    for article, found in zip(articles, drafts, strict=True):
        named = [d.source for d in found if d.source is not None]
        mentions = [Mention(article.text[m.start : m.end], m.start, m.end) for m in named]
        parties = iter(finder.assign(article.text, mentions))
        for draft in found:
            assigned = next(parties) if draft.source is not None else None
            statements.append(
                Statement(
                    id=f"{article.id}:{draft.start}-{draft.end}{draft.suffix}",
                    text=article.text[draft.start : draft.end],
                    start=draft.start,
                    end=draft.end,
                    article_id=article.id,
                    speaker=speaker_name(draft.source.name) if draft.source else None,
                    party=assigned.party_id if assigned else None,
                    cue=draft.cue,
                    kind=draft.kind,
                    denies=draft.denies,
                    said=article.published,
                )
            )
    return statements


def speaker_name(phrase: str) -> str:
    """Return a source phrase as a name to show: on one line, without the day it was followed by."""
    return _ON_DAY.sub("", " ".join(phrase.split())) or phrase


def _drafts(text: str, spans: Sequence[Span]) -> list[_Draft]:
    sentences = sentence_spans(text)
    quoted = quotations(text)
    attributions = link(text, mend(text, spans, sentences), [end for _, end in sentences])
    mentions = resolve(text, [a.source for a in attributions])
    found: dict[tuple[int, int, str], _Draft] = {}
    for attribution, mention in zip(attributions, mentions, strict=True):
        cue = text[attribution.cue.start : attribution.cue.end] if attribution.cue else None
        span = attribution.content
        denied = (
            denies(cue, text[span.start : span.end])
            and not attribution.continued
            and not _own_words(text, span, quoted)
        )
        claim = _CLAIMED.match(text, span.start, span.end) if denied else None
        claimant = _claimant(claim) if claim else None
        for start, end in _pieces(text, claim.end() if claim else span.start, span.end, sentences, quoted):
            kind = _kind(text, start, end, quoted)
            found.setdefault((start, end, ""), _Draft(start, end, mention, cue, kind, denied))
            if claim and claimant:
                said = _Draft(start, end, claimant, claim.group("noun"), kind, denies=False, suffix=_CLAIM_ID)
                found.setdefault((start, end, _CLAIM_ID), said)
    return [found[key] for key in sorted(found)]


def _claimant(claim: re.Match[str]) -> SourceMention | None:
    """Who made the claim that is denied, as in "denied an assertion by officials in Moscow that P"."""
    for group in ("by", "whose"):
        name = claim.group(group)
        if name and not is_pronoun(name) and not _DAY.search(name):
            return SourceMention(name, *claim.span(group))
    return None


def _own_words(text: str, content: Span, quoted: Sequence[tuple[int, int]]) -> bool:
    """Whether a content is a quoted sentence: in '"We were never there," he denied' it is not denied."""
    start = content.start + (text[content.start] in MARKS + SINGLE)
    return (
        inside(quoted, content.start)
        and text[start : start + 1].isupper()
        and not re.search(r"[\w'’]\s*$", text[: content.start].rstrip(MARKS + SINGLE))
    )


def kind_of(content: str) -> Kind:
    """Return whether a content, with its quotation marks, is quoted whole, in parts, or not at all."""
    return _kind(content, 0, len(content), quotations(content))


def _kind(text: str, start: int, end: int, quoted: Sequence[tuple[int, int]]) -> Kind:
    words = [inside(quoted, start + m.start()) for m in re.finditer(r"\w+", text[start:end])]
    if words and all(words):
        return Kind.DIRECT
    return Kind.MIXED if any(words) else Kind.INDIRECT


def _pieces(
    text: str,
    start: int,
    end: int,
    sentences: Sequence[tuple[int, int]],
    quoted: Sequence[tuple[int, int]],
) -> Iterator[tuple[int, int]]:
    """Cut a content at sentence ends; a piece too short to stand alone stays with the one before it."""
    bounds = [start, *(s for s, _ in sentences if start < s < end), end]
    merged: list[tuple[int, int]] = []
    for left, right in pairwise(bounds):
        if merged and _words(text[left:right]) < MIN_WORDS:
            merged[-1] = (merged[-1][0], right)
        else:
            merged.append((left, right))
    for left, right in merged:
        piece = _trim(text, left, right, quoted)
        if _words(text[slice(*piece)]) >= MIN_WORDS:
            yield piece


def _words(piece: str) -> int:
    return sum(any(c.isalnum() for c in word) for word in piece.split())


def _trim(text: str, start: int, end: int, quoted: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Drop outer spaces, loose punctuation, a leading "that", and marks whose partner is not inside."""
    before = (-1, -1)
    while before != (start, end):
        before = (start, end)
        while start < end and (text[start].isspace() or text[start] in _LOOSE + "."):
            start += 1
        while start < end and (text[end - 1].isspace() or text[end - 1] in _LOOSE):
            end -= 1
        that = _THAT.match(text, start, end)
        start = that.end() if that else _past_opening(text, start, end, quoted)
        end = max(start, _before_closing(text, start, end, quoted))
    return start, end


def _past_opening(text: str, start: int, end: int, quoted: Sequence[tuple[int, int]]) -> int:
    """Step over an opening mark unless its quotation ends before the piece does."""
    width = 2 if text.startswith("''", start) else 1
    closes = dict(quoted).get(start)
    if closes is None:
        return start + width if width > 1 or text[start : start + 1] in tuple(MARKS) else start
    return start + width if closes > end or not text[closes:end].strip(" .") else start


def _before_closing(text: str, start: int, end: int, quoted: Sequence[tuple[int, int]]) -> int:
    """Step back over a closing mark, and a full stop behind it, unless the piece holds its opening mark."""
    at = end - 1 if text[end - 1 : end] == "." else end
    mark = text[at - 1 : at]
    width = 2 if text.endswith("''", start, at) else 1
    opens = {right: left for left, right in quoted}.get(at)
    if mark not in tuple(MARKS + SINGLE) or (opens is not None and opens >= start):
        return end
    if opens is None and width == 1 and mark in SINGLE:
        return end
    return at - width
