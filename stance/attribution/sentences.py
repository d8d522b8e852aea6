"""Where the sentences of an article begin and end, as character offsets. A thin layer over nupunkt."""

from __future__ import annotations

import re

_CLOSERS = "\"”’'»)"
# Where nupunkt cuts behind a title, an initial, "No." or the number of a paragraph, the sentence runs on.
_RUNS_ON = re.compile(
    r"\b(?:Lt|Col|Gen|Maj|Capt|Sgt|Cpl|Adm|Brig|Sens?|Reps?|Gov|Dr|Mr|Mrs|Ms|Prof|Rev|Hon|St|Ft|Mt|vs)\. \S$"
    r"|\bNos?\. \d$|[A-Z][a-z]+ (?:[A-Z]\.){1,2} [A-Z]$|^\W*\d+\. \S$"
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the ``[start, end)`` spans of the sentences of ``text``, trimmed, in order.

    nupunkt (Bommarito et al. 2025) knows abbreviations; a line's end always ends a sentence, and a
    closing quotation mark stays with the sentence that it closes.
    """
    import nupunkt

    spans: list[tuple[int, int]] = []
    for line in re.finditer(r"[^\n\r\u2028\u2029]+", text):
        first = len(spans)
        for start, end in nupunkt.sent_spans(line.group().replace("\xa0", " ")):
            left, right = line.start() + start, line.start() + end
            piece = text[left:right]
            left += len(piece) - len(piece.lstrip())
            right -= len(piece) - len(piece.rstrip())
            if right <= left:
                continue
            before = text[slice(*spans[-1])] if len(spans) > first else ""
            if before and (not text[left:right].strip(_CLOSERS) or _RUNS_ON.search(f"{before} {text[left]}")):
                spans[-1] = (spans[-1][0], right)
            else:
                spans.append((left, right))
    return spans
