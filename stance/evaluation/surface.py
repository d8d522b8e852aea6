"""Surface features of a pair of English texts: negation, numbers, dates, reporting verbs, overlap, length.

Word lists and patterns only, for slices and floors; nothing here parses or judges. Texts in other languages
have no negation, dates in words or reporting verbs for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")


def _listed(words_text: str) -> frozenset[str]:
    return frozenset(words_text.split())


NEGATIONS = _listed(
    """
    not no never none nobody nothing neither nor nowhere without cannot cant wont dont didnt doesnt
    isnt wasnt arent werent hasnt havent hadnt wouldnt couldnt shouldnt
    """
)

REPORTING = _listed(
    """
    said says say saying told tells claimed claims claim claiming stated states announced announces
    reported reportedly denied denies deny denying insisted insists added adds accused accuses
    rejected rejects dismissed dismisses confirmed confirms alleged alleges allegedly argued argues
    warned warns wrote writes declared declares acknowledged acknowledges admitted admits maintained
    maintains asserted asserts contended contends disputed disputes vowed vows tweeted replied
    countered
    """
)

_NUMBER_WORDS = _listed(
    """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred
    hundreds thousand thousands million millions billion billions dozen dozens half twice
    """
)

_FUNCTION_WORDS = NEGATIONS | _listed(
    """
    a about after all also am an and any are as at be because been before being both but by can
    could did do does doing down each for from had has have having he her here hers him his how i if
    in into is it its itself just me more most my of off on once only or other our out over own same
    she should so some such than that the their them then there these they this those through to too
    under until up very was we were what when where which while who whom why will with would you
    your s
    """
)

# "May" counts only beside a number or after a preposition: "they may attack" is no date.
_DATE = re.compile(
    r"\b(?:January|February|March|April|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b"
    r"|\b(?:\d{1,2}|(?:[Ii]n|[Oo]f|[Ss]ince|[Bb]y|[Ll]ast|[Ee]arly|[Ll]ate)) May\b|\bMay \d"
    r"|\b(?:19|20)\d\d\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b"
    r"|\b(?:[Yy]esterday|[Tt]oday|[Tt]omorrow|[Tt]onight)\b"
)

SHORT, LONG = 24, 60  # words of both texts: NLI pairs lie near 20-30, article passages above 60


# Every slice and floor asks for the words of the same texts anew; of a larger set the first are forgotten.
@lru_cache(maxsize=1 << 16)
def words(text: str) -> tuple[str, ...]:
    """Return the lower-cased words of ``text`` in order; "didn't" and "front-line" are one word each."""
    return tuple(word.lower().replace("’", "'") for word in _WORD.findall(text))


def has_negation(text: str) -> bool:
    """Return whether a negation word or an "n't" stands in ``text``. Denying verbs do not count."""
    return any(word in NEGATIONS or word.endswith("n't") for word in words(text))


def has_number(text: str) -> bool:
    """Return whether ``text`` holds a digit or a number in words ("one" does not count)."""
    return any(character.isdigit() for character in text) or any(
        part in _NUMBER_WORDS for word in words(text) for part in word.split("-")
    )


def has_date(text: str) -> bool:
    """Return whether ``text`` names a day, month, year (1900-2099) or "yesterday", "today", "tomorrow"."""
    return _DATE.search(text) is not None


def has_reporting_verb(text: str) -> bool:
    """Return whether a reporting verb or "according to" stands in ``text``."""
    found = words(text)
    return any(word in REPORTING for word in found) or ("according", "to") in pairwise(found)


def content_words(text: str) -> frozenset[str]:
    """Return the distinct lower-cased words of ``text`` less function words and negations."""
    return frozenset(w for w in words(text) if w not in _FUNCTION_WORDS and not w.endswith("n't"))


def overlap(first: str, second: str) -> float:
    """Return the Jaccard overlap of the content words, 0 to 1; 0 when neither text has any."""
    a, b = content_words(first), content_words(second)
    either = len(a | b)
    return len(a & b) / either if either else 0.0


def length_class(first: str, second: str) -> str:
    """Return ``short`` (to 24 words by whitespace in both texts together), ``medium``, ``long`` (from 61)."""
    n = len(first.split()) + len(second.split())
    if n <= SHORT:
        return "short"
    return "medium" if n <= LONG else "long"


def where(feature: Callable[[str], bool], first: str, second: str) -> str:
    """Return in how many of the two texts a feature is present: ``none``, ``one`` or ``both``."""
    return ("none", "one", "both")[int(feature(first)) + int(feature(second))]
