"""Mends spans that the tagger is known to get wrong: a whole denial tagged as one content. Tags nothing.

"Kyiv denied an assertion by officials in Moscow that P" reads much like a claim; where the tagger takes all
of it for content and sees neither source nor cue, the sentence itself says which is which.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from stance.attribution.denials import CLAIM_NOUN, denies
from stance.attribution.linking import LONGEST, Span

_DENIAL = re.compile(
    r"(?P<who>[^\W\d_][^,.;:\"“”]{1,80}?)\s+"
    r"(?P<cue>(?:ha(?:s|ve|d)\s+)?(?:\w+ly\s+)?(?:den(?:ied|ies)|reject(?:ed|s)|dismiss(?:ed|es)|refute[ds]))\s+"
    r"(?P<what>\S.*)",
    re.DOTALL,
)
# A content that breaks off at one of these lost what it was about.
_DANGLING = re.compile(r"\b(?:who|whom|which|whose)\W*$", re.IGNORECASE)
# "said {Lind, the chair, "for six weeks}": a source ends before the quotation that goes on behind it.
_QUOTE_BEHIND = re.compile(r",?\s+(?P<quote>[\"“][^\"”]*)\Z")
# In "dismissed {as an invention reports} {that P}" the first content belongs to the cue.
_VERDICT_NOUN = re.compile(rf"as (?:an? )?(?:[\w-]+ ){{1,3}}{CLAIM_NOUN}", re.IGNORECASE)


def mend(text: str, spans: Sequence[Span], sentences: Sequence[tuple[int, int]]) -> list[Span]:
    """Return the spans with denials taken apart and contents that end in a relative pronoun left out.

    A content is taken apart only at the start of a sentence in which no source and no cue was tagged.
    """
    mended: list[Span] = []
    starts = {sentence[0]: sentence for sentence in sentences}
    others = sorted((s.start, s.end) for s in spans if s.role != "content")
    for span in _verdicts(text, _unquoted(text, spans)):
        if span.role != "content":
            mended.append(span)
            continue
        if _DANGLING.search(text, span.start, span.end):
            continue
        sentence = starts.get(span.start)
        alone = sentence is not None and not _touched(sentence, others)
        match = _DENIAL.fullmatch(text, span.start, span.end) if alone else None
        if match and denies(match.group("cue"), match.group("what")):
            for role, group in (("source", "who"), ("cue", "cue"), ("content", "what")):
                mended.append(Span(role, *match.span(group)))
        else:
            mended.append(span)
    return mended


def _touched(sentence: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    """Whether one of ``spans``, sorted, has a character of a sentence."""
    last = bisect_left(spans, (sentence[1], 0))
    first = bisect_left(spans, (sentence[0] - LONGEST, 0))
    return any(sentence[0] < end for _, end in spans[first:last])


def _verdicts(text: str, spans: Sequence[Span]) -> list[Span]:
    """The spans, with a verdict and a noun of claiming between cue and content counted with the cue."""
    result: list[Span] = []
    for n, span in enumerate(spans):
        last = result[-1] if result else None
        following = spans[n + 1] if n + 1 < len(spans) else None
        if (
            last is not None
            and last.role == "cue"
            and span.role == "content"
            and not text[last.end : span.start].strip()
            and _VERDICT_NOUN.fullmatch(text, span.start, span.end)
            and following is not None
            and following.role == "content"
            and not text[span.end : following.start].strip()
        ):
            result[-1] = Span("cue", last.start, span.end)
        else:
            result.append(span)
    return result


def _unquoted(text: str, spans: Sequence[Span]) -> list[Span]:
    """The spans, with a quotation that a source took with it as a content of its own."""
    result: list[Span] = []
    for span in spans:
        behind = _QUOTE_BEHIND.search(text, span.start, span.end) if span.role == "source" else None
        if behind is None:
            if not (
                span.role == "content" and any(s.start < span.end and span.start < s.end for s in result[-1:])
            ):
                result.append(span)
            continue
        closing = re.compile(r"[^\n\"”]*[\"”]").match(text, span.end)
        end = closing.end() if closing else span.end
        result += [Span("source", span.start, behind.start()), Span("content", behind.start("quote"), end)]
    return result
