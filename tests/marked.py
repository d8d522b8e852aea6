"""Articles with their spans written into the text: ``[source] <cue> {content}``."""

from __future__ import annotations

from stance.attribution.linking import Span
from stance.attribution.sentences import sentence_spans

_ROLES = {"[": "source", "<": "cue", "{": "content"}


def read_marked(marked: str) -> tuple[str, list[Span]]:
    """Return the text without its marks, and the spans, in order of their ends."""
    text, spans, open_ = "", [], []
    for sign in marked:
        if sign in _ROLES:
            open_.append((_ROLES[sign], len(text)))
        elif sign in "]>}":
            role, start = open_.pop()
            spans.append(Span(role, start, len(text)))
        else:
            text += sign
    return text, spans


def ends_of(text: str) -> list[int]:
    return [end for _, end in sentence_spans(text)]


class MarkedTagger:
    """Gives the spans that were written into the texts it knows."""

    name, hash = "marked", "0"

    def __init__(self, *marked: str):
        self.spans = dict(read_marked(one) for one in marked)

    def tag(self, texts, *, progress=None):  # noqa: ARG002
        return [list(self.spans[text]) for text in texts]
