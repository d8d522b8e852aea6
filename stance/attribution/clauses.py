"""Completes what the tagger left half done: contents cut short, and sayings that only their form shows.

It works on one sentence at a time, by where its cue stands: behind a clause ("P, he said."), inside one
("P, he said, Q.") or before it. It links nothing and reads no meaning.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from stance.attribution.linking import Attribution, Span
from stance.attribution.quotes import MARKS, SINGLE, inside

_SAY = (
    r"(?:said|says|told|tells|add(?:ed|s)|note[ds]|state[ds]|claim(?:ed|s)|insist(?:ed|s)|argue[ds]|explain(?:ed|s)"
    r"|stress(?:ed|es)|announce[ds]|report(?:ed|s)|warn(?:ed|s)|wrote|writes|concede[ds]|acknowledge[ds]"
    r"|admit(?:ted|s)|confirm(?:ed|s)|repl(?:ied|ies)|answer(?:ed|s)|recall(?:ed|s)|conclude[ds]|continue[ds]"
    r"|went on|goes on|declare[ds]|maintain(?:ed|s)|assert(?:ed|s)|allege[ds]|point(?:ed|s) out|promise[ds]"
    r"|emphasi[sz]e[ds]|estimate[ds])"
)
_NAME = r"(?:(?:Mr|Mrs|Ms|Dr)\.? )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,3}"
_WHO = rf"(?:he|she|they|it|the (?:[\w’'-]+ ){{0,3}}[\w’'-]+|{_NAME})"
_CUE = rf"(?:(?:also|later|then|ha[sd]|have|\w+ly) ){{0,2}}{_SAY}"
_SAYS = re.compile(rf"\b{_SAY}\b|\baccording to\b", re.IGNORECASE)
# "..., he told the president." and "... , she said, ...", where the tagger saw nothing at all.
_BEHIND = re.compile(rf",\s(?P<who>{_WHO})\s(?P<cue>{_CUE})(?:\s[^,;:.]{{1,60}})?[.!]?\Z")
_WITHIN = re.compile(rf",\s(?P<who>{_WHO})\s(?P<cue>{_CUE})(?:\son \w+day)?,\s(?=[a-z])")
# A source that took the cue, and what is said before it, with it: "{The club, he went on}, had lost".
_SWALLOWED = re.compile(rf"\S,\s{_WHO}\s{_CUE},?\Z")
# Such a clause says when or how something was said, not what.
_ADJUNCT = re.compile(
    r"(?:When|As|After|If|Before|While|Asked|Speaking|Since|Until|Once|Though|Although|According|Because)\b"
)
_DATELINE = re.compile(
    r"[A-Z][A-Z.'’ -]{2,40}(?:,\s[^–—\n]{1,40}?)?\s(?:\([^)\n]{1,30}\)\s)?[–—-]{1,2}\s"
    r"|\d{1,2}[:.]\d\d(?:\s?[ap]\.?m\.?)?(?:\s[A-Z]{3,4})?[:\s]\s*(?:[–—-]\s)?"
)
# A content does not end with these.
_DANGLING = re.compile(
    r"\b(?:and|or|but|nor|that|of|the|an?|to|in|into|for|with|by|from|because|than|its|their|his|her)\s*\Z"
)
_GAP = re.compile(r"[\s,]*\Z")
_LONGEST_TAIL = 60  # characters behind a cue at the end of a sentence: "told reporters on the quay"
_LEAST_WORDS = 3


def complete(
    text: str,
    spans: Sequence[Span],
    sentences: Sequence[tuple[int, int]],
    quoted: Sequence[tuple[int, int]],
) -> list[Span]:
    """Return the spans, with contents carried to the ends of their clause and missed sayings added.

    Only sentences that begin outside quotations are touched, and no content that has quotation marks of its
    own at an end. ``sentences`` and ``quoted`` are ``[start, end)`` offsets, sorted.
    """
    result: list[Span] = []
    rest = [_own_sentence(text, s, spans, sentences) for s in sorted(spans, key=lambda s: (s.start, s.end))]
    at = reached = 0
    for start, end in sentences:
        while at < len(rest) and rest[at].start < start:
            result.append(rest[at])
            reached = max(reached, rest[at].end)
            at += 1
        first = at
        while at < len(rest) and rest[at].start < end:
            at += 1
        own = rest[first:at]
        free = not inside(quoted, start - 1) or not inside(quoted, start)
        done = _sentence(text, own, (start, end)) if free and reached <= start else own
        reached = max([reached, *(s.end for s in done)])
        result.extend(done)
    return [*result, *rest[at:]]


def rejoin(
    text: str, attributions: Sequence[Attribution], sentences: Sequence[tuple[int, int]]
) -> list[Attribution]:
    """Return the attributions, the two halves of a clause that its cue interrupts as one content.

    "The offer, he said, was bad" is one statement; so is '"The offer," he said, "was bad."'. Where the second
    half begins like a sentence of its own, they stay two.
    """
    result: list[Attribution] = []
    for item in attributions:
        last = result[-1] if result else None
        if last is not None and _halves(text, last, item, sentences):
            aside = Span("cue", last.content.end, item.content.start)
            whole = Span("content", last.content.start, item.content.end)
            result[-1] = replace(last, content=whole, aside=aside)
        else:
            result.append(item)
    return result


def _halves(text: str, one: Attribution, two: Attribution, sentences: Sequence[tuple[int, int]]) -> bool:
    a, b = one.content, two.content
    cue = one.cue
    if cue is None or one.aside or not a.end <= cue.start < cue.end <= b.start:
        return False
    if not (two.continued or two.cue == cue) or two.source != one.source:
        return False
    marks = MARKS + SINGLE
    first = text[b.start : b.end].lstrip(marks)[:1]
    ended = text[a.start : a.end].rstrip(MARKS + SINGLE + " ")
    paused = ended.endswith(",") or text[a.end : cue.end].lstrip(MARKS + SINGLE).startswith(",")
    own = bisect_right(sentences, a.start, key=lambda s: s[0]) - 1
    within = own >= 0 and b.start < sentences[own][1]
    return (
        first.islower()
        and paused
        and within
        and text[cue.end : b.start].strip(MARKS + SINGLE + " ").endswith(",")
    )


def _sentence(text: str, spans: list[Span], sentence: tuple[int, int]) -> list[Span]:
    if any(s.end > sentence[1] for s in spans):
        return spans
    swallowed = any(s.role == "source" and _SWALLOWED.search(text, s.start, s.end) for s in spans)
    if swallowed or not any(s.role in {"cue", "content"} for s in spans):
        return _unseen(text, sentence) or spans
    group = _group(text, spans)
    if group is not None:
        outside = [s for s in spans if s.end <= group[0] or group[1] <= s.start]
        behind = text[: group[0]].rstrip().endswith(",")
        named = any(s.role == "cue" or (s.role == "source" and s.end <= group[0]) for s in outside)
        if behind and not named and not _marked(text, sentence[0], group[0]):
            return _reported(text, spans, sentence, group)
    return _undangled(text, spans, sentence)


def _reported(text: str, spans: list[Span], sentence: tuple[int, int], group: tuple[int, int]) -> list[Span]:
    """The spans of a sentence whose cue stands behind a clause or inside one, that clause made whole."""
    left, right = group
    clause = Span("content", _opening(text, sentence), len(text[:left].rstrip()) - 1)
    held = [s for s in spans if left <= s.start and s.end <= right]
    after = [s for s in spans if s.start >= right]
    tail = text[right : after[0].start if after else sentence[1]]
    ends = not after and "," not in tail and len(tail) <= _LONGEST_TAIL
    quotes = len(after) == 1 and text[after[0].start] in MARKS and not tail.strip(" :")
    if ends or quotes:
        return [clause, *held, *after] if _is_clause(text, clause) else spans
    going_on = re.match(r"(?:\son \w+day)?,\s+(?=[a-z])", text[right : sentence[1]])
    if going_on and not after and _GAP.match(text[clause.end : left]):
        return [clause, *held, Span("content", right + going_on.end(), _stop(text, sentence))]
    return spans


def _own_sentence(text: str, span: Span, spans: Sequence[Span], sentences: Sequence[tuple[int, int]]) -> Span:
    """A reported clause before its cue without the sentences before it; what is in quotes stays."""
    if span.role != "content" or _marked(text, span.start, span.end):
        return span
    last = bisect_left(sentences, span.end, key=lambda s: s[0]) - 1
    start, end = sentences[last] if last >= 0 else (0, 0)
    if start <= span.start:
        return span
    behind = _group(text, [s for s in spans if span.end <= s.start and s.end <= end])
    first = bisect_right(sentences, span.start, key=lambda s: s[0]) - 1
    opening = sentences[first][0] if first >= 0 else 0
    introduced = any(s.role != "content" and opening <= s.start < span.start for s in spans)
    if behind is None or introduced or len(text[start : span.end].split()) < _LEAST_WORDS:
        return span
    return Span("content", start, span.end)


def _group(text: str, spans: Sequence[Span]) -> tuple[int, int] | None:
    """The last source and cue of a sentence that stand side by side, a verb of saying among them."""
    pairs = [
        (a, b)
        for a, b in pairwise(spans)
        if {a.role, b.role} == {"source", "cue"} and not text[a.end : b.start].strip(" ,\xa0")
    ]
    for a, b in reversed(pairs):
        cue = a if a.role == "cue" else b
        if _SAYS.search(text, cue.start, cue.end):
            return a.start, b.end
    return None


def _unseen(text: str, sentence: tuple[int, int]) -> list[Span]:
    """The spans of a saying in whose sentence nothing was tagged; none unless its form is plain."""
    start, end = _opening(text, sentence), sentence[1]
    if _marked(text, start, end):
        return []
    piece = text[start:end]
    for pattern in (_BEHIND, _WITHIN):
        match = pattern.search(piece)
        clause = Span("content", start, start + match.start()) if match else None
        if not match or not clause or not _is_clause(text, clause, 1 if pattern is _WITHIN else _LEAST_WORDS):
            continue
        source, cue = (Span(r, start + match.start(g), start + match.end(g)) for r, g in _GROUPS)
        more = [Span("content", start + match.end(), _stop(text, sentence))] if pattern is _WITHIN else []
        return [clause, source, cue, *more]
    return []


_GROUPS = (("source", "who"), ("cue", "cue"))


def _undangled(text: str, spans: list[Span], sentence: tuple[int, int]) -> list[Span]:
    """Carry the last content of a sentence to its end where it breaks off in the middle of a phrase."""
    last = spans[-1] if spans else None
    if last is None or last.role != "content" or not _DANGLING.search(text[last.start : last.end]):
        return spans
    stop = _stop(text, sentence)
    if stop <= last.end or _marked(text, last.end, stop):
        return spans
    return [*spans[:-1], Span("content", last.start, stop)]


def _is_clause(text: str, span: Span, least: int = _LEAST_WORDS) -> bool:
    piece = text[span.start : span.end]
    return len(piece.split()) >= least and not _ADJUNCT.match(piece)


def _marked(text: str, start: int, end: int) -> bool:
    return any(mark in text[start:end] for mark in MARKS)


def _opening(text: str, sentence: tuple[int, int]) -> int:
    """The start of a sentence behind a dateline ("KYIV, April 26 –") or a time of day ("10:42")."""
    lead = _DATELINE.match(text, *sentence)
    return lead.end() if lead else sentence[0]


def _stop(text: str, sentence: tuple[int, int]) -> int:
    """The end of a sentence without its full stop."""
    return sentence[0] + len(text[slice(*sentence)].rstrip(" .!\xa0"))
