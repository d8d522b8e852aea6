"""Cuts a content into the pieces that become statements, exactly: sentence by sentence, without loose marks.

It also says how much of a piece is quoted. Who speaks is not its business.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from stance.attribution.linking import Span
from stance.attribution.quotes import MARKS, SINGLE, inside, quotations
from stance.records import Kind

# A content of fewer words ("so", "the deal") says nothing that can be compared.
MIN_WORDS = 3
_LOOSE = ",;:–—-"
# "that the town fell" loses its "that"; "that is a lie" does not.
_THAT = re.compile(
    r"that(?:,|:(?=\s*[\"“]))?\s+(?!(?:is|was|would|will|has|had|could|can|should|means|makes)\b)"
)


def kind_of(content: str) -> Kind:
    """Return whether a content, with its quotation marks, is quoted whole, in parts, or not at all."""
    return quoted_kind(content, 0, len(content), quotations(content))


def quoted_kind(
    text: str, start: int, end: int, quoted: Sequence[tuple[int, int]], aside: Span | None = None
) -> Kind:
    """Return the kind of ``text[start:end]``; the words of ``aside`` (", he said,") don't count."""
    words = [
        inside(quoted, start + m.start())
        for m in re.finditer(r"\w+", text[start:end])
        if aside is None or not aside.start <= start + m.start() < aside.end
    ]
    if words and all(words):
        return Kind.DIRECT
    return Kind.MIXED if any(words) else Kind.INDIRECT


def pieces(
    text: str,
    start: int,
    end: int,
    sentences: Sequence[tuple[int, int]],
    quoted: Sequence[tuple[int, int]],
) -> Iterator[tuple[int, int]]:
    """Yield the parts of a content as ``(start, end)``, cut at sentence ends and trimmed.

    A part too short to stand alone stays with the one before it; of fewer than three words none is left.
    """
    first = bisect_right(sentences, start, key=lambda s: s[0])
    last = bisect_left(sentences, end, key=lambda s: s[0])
    bounds = [start, *(s for s, _ in sentences[first:last]), end]
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
    at = bisect_left(quoted, start, key=lambda q: q[0])
    closes = quoted[at][1] if at < len(quoted) and quoted[at][0] == start else None
    if closes is None:
        return start + width if width > 1 or text[start : start + 1] in tuple(MARKS) else start
    return start + width if closes > end or not text[closes:end].strip(" .") else start


def _before_closing(text: str, start: int, end: int, quoted: Sequence[tuple[int, int]]) -> int:
    """Step back over a closing mark, and a full stop behind it, unless the piece holds its opening mark."""
    at = end - 1 if text[end - 1 : end] == "." else end
    mark = text[at - 1 : at]
    width = 2 if text.endswith("''", start, at) else 1
    last = bisect_left(quoted, at, key=lambda q: q[0]) - 1
    opens = quoted[last][0] if last >= 0 and quoted[last][1] == at else None
    if mark not in tuple(MARKS + SINGLE) or (opens is not None and opens >= start):
        return end
    if opens is None and width == 1 and mark in SINGLE:
        return end
    return at - width
