"""Joins tagged spans into attributions: which source and which cue belong to which content.

Works on spans alone; it neither tags nor knows who the sources are.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A tagged piece of an article, ``[start, end)`` in characters; role is source, cue or content."""

    role: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Attribution:
    """One content with its cue and its source, where the article gives them.

    ``continued`` says that cue and source were taken over from an attribution before it, as in a
    quotation that runs on after "he said.". ``aside`` is the part of a content that says who speaks: in
    "The offer, he said, was bad" it is ", he said,".
    """

    content: Span
    source: Span | None = None
    cue: Span | None = None
    continued: bool = False
    aside: Span | None = None


# Costs in characters, chosen on PolNeAR's train split with gold spans.
_SENTENCE_COST = 60
_OBSTACLE_COST = 40
_REACH = 400
# No source and no cue is longer: the tagger's window holds some 2,500 characters.
LONGEST = 4000
_NEVER = float("inf")
_OPENERS = "\"“„«'‘"
_CLOSERS = "\"”»'’"
_LOOSE = " \xa0\t\r\n.,;:!?…–—-"
_RELATIVE = frozenset({"who", "which", "that"})
_MEDIUM = re.compile(r"\b(?:on|via|through)\s+(?:(?:the|its|his|her|their|a)\s+)?$")
_MEDIUM_REACH = 20
# "Asked about it, she said": who asks stands behind a "by", if anywhere.
_ASKED = re.compile(r"(?:Asked|Pressed|Questioned)\b")


def link(text: str, spans: Sequence[Span], sentence_ends: Sequence[int]) -> list[Attribution]:
    """Return one attribution per content span, in reading order; ``sentence_ends`` are offsets in ``text``.

    A content takes the nearest cue of its paragraph, or one before a colon that ends the paragraph
    before; a cue takes the nearest source of its sentence. Characters in between are the cost, and
    sentence ends or other cues (sources) in between add to it. A quotation that opens a sentence or
    paragraph without a cue of its own goes on with the quotation before it.
    """
    by_role: dict[str, list[Span]] = {"source": [], "cue": [], "content": []}
    for span in sorted(set(spans), key=lambda s: (s.start, s.end)):
        if text[span.start : span.end].strip():
            by_role[span.role].append(span)
    sources, cues = by_role["source"], by_role["cue"]
    page = _Page(text, sorted(sentence_ends))
    cue_source = {cue: page.source_of(cue, sources, cues) for cue in cues}
    result: list[Attribution] = []
    for content in by_role["content"]:
        cue = page.nearest(content, cues)
        before = page.continued(result, content, cue, [*sources, *cues])
        if before is not None:
            result.append(Attribution(content, before.source, before.cue, continued=True))
        elif cue is not None and page.comes_late(content, cue):
            result.append(Attribution(content))
        elif cue is not None:
            result.append(Attribution(content, cue_source[cue], cue))
        else:
            result.append(Attribution(content, page.nearest(content, sources)))
    return result


def _in_reach(span: Span, options: Sequence[Span]) -> Sequence[Span]:
    """Those of ``options``, sorted by start, that may be near enough: long texts have thousands."""
    first = bisect_left(options, span.start - _REACH - LONGEST, key=lambda o: o.start)
    last = bisect_right(options, span.end + _REACH, key=lambda o: o.start)
    return options[first:last]


@dataclass(frozen=True, slots=True)
class _Page:
    """One text with its sentence ends, and the rules that look at what stands between spans."""

    text: str
    ends: Sequence[int]

    def sentences_between(self, left: int, right: int) -> int:
        return max(0, bisect_right(self.ends, right) - bisect_right(self.ends, left))

    def breaks(self, left: int, right: int) -> bool:
        """Whether a paragraph ends in between, other than by a colon that introduces the next."""
        *before, last = re.split(r"\s*\n\s*", self.text[left:right])
        if not before:
            return False
        introduced = self.text[: left + len(before[0])].rstrip().endswith(":")
        return len(before) > 1 or not introduced or bool(last.strip(_OPENERS))

    def cost(self, a: Span, b: Span, obstacles: Sequence[Span]) -> float:
        """Distance between two spans: characters between, plus what lies in between."""
        left, right = (a.end, b.start) if a.start <= b.start else (b.end, a.start)
        if right <= left:
            return 0.0
        if right - left > _REACH or self.breaks(left, right):
            return _NEVER
        first, last = (bisect_left(obstacles, at, key=lambda o: o.start) for at in (left, right))
        crossed = sum(o.end <= right for o in obstacles[first:last])
        return right - left + _SENTENCE_COST * self.sentences_between(left, right) + _OBSTACLE_COST * crossed

    def nearest(self, span: Span, options: Sequence[Span]) -> Span | None:
        """The option at the lowest cost, the earlier on a tie; None when none is in reach."""
        options = _in_reach(span, options)
        costs = [(self.cost(span, o, options), o.start > span.start, o) for o in options]
        reachable = [c for c in costs if c[0] <= _REACH]
        return min(reachable, key=lambda c: c[:2])[2] if reachable else None

    def source_of(self, cue: Span, sources: Sequence[Span], cues: Sequence[Span]) -> Span | None:
        """The nearest source of the cue's sentence; a relative pronoun serves only up to the next comma.

        In "Lind, who called it a lie, said ..." the source of "said" is "Lind".
        """
        sources, cues = _in_reach(cue, sources), _in_reach(cue, cues)
        if _ASKED.match(self.text, cue.start):
            sources = [s for s in sources if re.search(r"\bby\s*$", self.text[cue.end : s.start])]
        near = [
            s for s in sources if not self.sentences_between(min(s.end, cue.end), max(s.start, cue.start))
        ]
        source = self.nearest(cue, near)
        if source is None or source.end > cue.start:
            return source
        place = near.index(source)
        # "The staff, in a statement posted on Telegram, said": what a thing was written on says nothing.
        if place and _MEDIUM.search(self.text, max(0, source.start - _MEDIUM_REACH), source.start):
            return near[place - 1]
        relative = self.text[source.start : source.end].lower() in _RELATIVE
        served = any(source.end <= c.start and c.end <= cue.start for c in cues)
        if relative and served and place and self.text[: cue.start].rstrip().endswith(","):
            return near[place - 1]
        return source

    def continued(
        self, earlier: Sequence[Attribution], content: Span, cue: Span | None, others: Sequence[Span]
    ) -> Attribution | None:
        """The attribution that ``content`` goes on with, if it does not stand under ``cue``."""
        opens = self.text[content.start] in _OPENERS
        if cue is not None:
            return (
                None
                if not opens or self.shares_sentence(content, cue)
                else self.quoted_before(earlier, content)
            )
        if not earlier:
            return None
        last = earlier[-1]
        end = max(s.end for s in (last.content, last.cue or last.content, last.source or last.content))
        between = self.text[end : content.start]
        quoted = self.begins_quoted(earlier)
        if not between.strip(_LOOSE + _OPENERS + _CLOSERS):
            return last if opens or quoted or "\n" not in between else None
        # A quotation with a paragraph of its own, and nobody named since the one before it.
        if not opens or not quoted:
            return None
        return None if any(end <= o.start < content.start for o in others) else last

    def quoted_before(self, earlier: Sequence[Attribution], content: Span) -> Attribution | None:
        """The last quotation, where it ended in the sentence before ``content``."""
        for before in reversed(earlier):
            if self.text[before.content.start] in _OPENERS:
                left = before.content.end
                near = self.sentences_between(left, content.start) <= 1
                return before if before.cue and near and "\n" not in self.text[left : content.start] else None
        return None

    def begins_quoted(self, earlier: Sequence[Attribution]) -> bool:
        """Whether the last attribution, or the one that it continues, opens with a quotation mark."""
        first = next((a for a in reversed(earlier) if not a.continued), earlier[0])
        return self.text[first.content.start] in _OPENERS

    def comes_late(self, content: Span, cue: Span) -> bool:
        """Whether a cue stands in a sentence after a content without quotation marks: it reports another.

        Right for 8 of the 14 such contents of PolNeAR's dev split, and of the other 6 two sources were right.
        """
        quoted = any(mark in self.text[content.start : content.end] for mark in _OPENERS + _CLOSERS)
        return (
            not quoted and content.end <= cue.start and self.sentences_between(content.end - 1, cue.start) > 0
        )

    def shares_sentence(self, content: Span, cue: Span) -> bool:
        if cue.start < content.start:
            return not self.sentences_between(cue.end, content.start)
        closed = self.text[content.start : content.end].rstrip(_CLOSERS).endswith(".")
        return not closed and not self.sentences_between(content.end, cue.start)
