"""Where an article quotes: the spans between quotation marks, by paragraph. It knows no speakers."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

MARKS = '"“”„«»'
SINGLE = "'‘’"
_DOUBLE = re.compile("[\"“”„«»]|''")
# An opening single mark stands before a word, a closing one behind; apostrophes stand inside words, or
# behind an s ("the workers' union"), which closes nothing while a closing mark is still to come.
_INNER = re.compile(
    r"(?<![\w'’])['‘](?=[^\W\d])(?:[^'‘’]|(?<=\w)['’](?=\w)|(?<=s)['’](?=\s+[a-z]))+?"
    r"['’](?![\w'’])(?!(?<=s['’])\s+[a-z][^'‘’]*[^'‘’s]['’](?!\w))"
)


def quotations(text: str) -> list[tuple[int, int]]:
    """Return the ``[start, end)`` spans of the quotations of ``text`` with their marks, in order.

    A quotation that no mark closes runs to the end of its paragraph: newspapers close only the last
    paragraph of a long one. A closing mark without an opening one is no quotation. Single marks count
    outside double ones only.
    """
    found: list[tuple[int, int]] = []
    for paragraph in re.finditer(r"[^\n\r]+", text):
        base, line = paragraph.start(), paragraph.group()
        double = list(_doubles(line))
        found.extend((base + left, base + right) for left, right in double)
        for match in _INNER.finditer(line):
            if not any(left < match.end() and match.start() < right for left, right in double):
                found.append((base + match.start(), base + match.end()))
    return sorted(found)


def _doubles(line: str) -> Iterator[tuple[int, int]]:
    start, opener = -1, ""
    for mark in _DOUBLE.finditer(line):
        sign = mark.group()
        if start < 0:
            if sign not in "”»":
                start, opener = mark.start(), sign
        elif sign in {"“": "”", "„": "“”", "«": "»"}.get(opener, opener):
            yield start, mark.end()
            start = -1
    if start >= 0:
        yield start, len(line.rstrip())


def inside(spans: Sequence[tuple[int, int]], offset: int) -> bool:
    """Return whether ``offset`` lies within one of ``spans``, which are sorted and do not overlap."""
    at = bisect_right(spans, offset, key=lambda span: span[0]) - 1
    return at >= 0 and offset < spans[at][1]
