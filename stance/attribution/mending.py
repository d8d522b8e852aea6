"""Mends spans that the tagger is known to get wrong: a whole denial tagged as one content. Tags nothing.

"Kyiv denied an assertion by officials in Moscow that P" reads much like a claim; where the tagger takes all
of it for content and sees neither source nor cue, the sentence itself says which is which.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from stance.attribution.denials import denies
from stance.attribution.linking import Span

_DENIAL = re.compile(
    r"(?P<who>[^\W\d_][^,.;:\"“”]{1,80}?)\s+"
    r"(?P<cue>(?:ha(?:s|ve|d)\s+)?(?:\w+ly\s+)?(?:den(?:ied|ies)|reject(?:ed|s)|dismiss(?:ed|es)|refute[ds]))\s+"
    r"(?P<what>\S.*)",
    re.DOTALL,
)
# A content that breaks off at one of these lost what it was about.
_DANGLING = re.compile(r"\b(?:who|whom|which|whose)\W*$", re.IGNORECASE)


def mend(text: str, spans: Sequence[Span], sentences: Sequence[tuple[int, int]]) -> list[Span]:
    """Return the spans with denials taken apart and contents that end in a relative pronoun left out.

    A content is taken apart only at the start of a sentence in which no source and no cue was tagged.
    """
    mended: list[Span] = []
    for span in spans:
        if span.role != "content":
            mended.append(span)
            continue
        if _DANGLING.search(text, span.start, span.end):
            continue
        sentence = next((s for s in sentences if s[0] == span.start), None)
        alone = sentence is not None and not any(
            other.role != "content" and other.start < sentence[1] and sentence[0] < other.end
            for other in spans
        )
        match = _DENIAL.fullmatch(text, span.start, span.end) if alone else None
        if match and denies(match.group("cue"), match.group("what")):
            for role, group in (("source", "who"), ("cue", "cue"), ("content", "what")):
                mended.append(Span(role, *match.span(group)))
        else:
            mended.append(span)
    return mended
