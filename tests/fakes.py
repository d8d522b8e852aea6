"""Stand-ins for the two models: answers by rule, calls kept. What is above the models is tested on them."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np

from stance.attribution.linking import Span


class FakeScorer:
    """Gives ``answer(first, second)`` for each reading and keeps what it was asked."""

    name, hash, least = "fake", "0", None

    def __init__(self, answer, *, symmetric: bool = True, truncated: int = 0):
        self.answer, self.symmetric, self.truncated, self.calls = answer, symmetric, truncated, []

    def probabilities(self, pairs, *, progress=None):
        self.calls.append(list(pairs))
        if progress:
            for _ in set(pairs):
                progress(1)
        rows = np.array([self.answer(a, b) for a, b in pairs], dtype=float).reshape(-1, 3)
        return SimpleNamespace(probabilities=rows, truncated=self.truncated)


def by_words(first: str, second: str) -> tuple[float, float, float]:
    """Answer unevenly and not symmetrically, from the words alone: a stand-in for a real model."""
    a, b, both = len(first.split()), 2 * len(second.split()), 1 + len({*first.split()} & {*second.split()})
    return a / (a + b + both), b / (a + b + both), both / (a + b + both)


class FakeTagger:
    """Tags ``Name said [that] content.`` and ``Name denied that content.``, one a line."""

    name, hash = "fake-tagger", "0"

    def tag(self, texts, *, progress=None):  # noqa: ARG002
        return [list(self._spans(text)) for text in texts]

    def _spans(self, text):
        for match in re.finditer(r"^([A-Z][\w ]*?) (said|denied that) (.+?)\.$", text, re.MULTILINE):
            for role, group in (("source", 1), ("cue", 2), ("content", 3)):
                yield Span(role, *match.span(group))
