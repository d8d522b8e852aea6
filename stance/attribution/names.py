"""Reads source phrases: person, body, group or thing, and the full name of a person known by surname.

Word lists and rules over one phrase and its article; pronouns are for ``speakers.py``, parties for
``parties.py``.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from stance.attribution.gazetteer import find_states

# Nouns that head a body, singular or collective, never one person.
_BODY = re.compile(
    r"(?:ministry|staff|army|military|government|commission|committee|union|company|council|party|alliance"
    r"|coalition|department|office|agency|service|police|court|force|navy|command|association|federation"
    r"|group|board|bureau|authority|opposition|parliament|senate|house|kremlin|press|newspaper|bank|firm"
    r"|corporation|corp|ltd|inc|guild|institute|university|administration|embassy|regime|militia|movement|front"
    r"|campaign|team|side|league|network|media|times|post|journal|news|tribune|herald|guardian|today|reuters"
    r"|tass|interfax|xinhua|watch|centre|center|foundation|society|assembly|congress|cabinet|hospital|republic"
    r"|democrats|republicans|delegation|leadership|public|pentagon|city|district|division|brigade|fund)",
    re.IGNORECASE,
)
_THING = re.compile(
    r"(?:report|article|study|survey|poll|data|document|letter|memo|email|e-mail|video|footage|transcript|post"
    r"|tweet|research|paper|book|law|bill|plan|deal|story|piece|ad|site|website|page|record|text|speech"
    r"|raft|series|number|lot|wave|list|majority|minority|half"
    r"|\w+(?:tion|ment|ing|ness|ity|ance|sis))",
    re.IGNORECASE,
)
_CROWD_WORDS = "people men women children troops personnel spokesmen chairmen both many some others those "
_TITLE_WORDS = (
    "president prime minister chief general gen staff colonel col major maj lieutenant lt captain "
    "capt admiral adm senator sen sens rep reps representative governor gov mayor judge justice "
    "secretary director chairman chairwoman chair spokesman spokeswoman spokesperson ambassador "
    "commissioner professor prof dr mr mrs ms miss sir lord lady pope king queen prince princess "
    "chancellor premier leader commander "
)
# Capitalised at the head of a sentence or headline, but no part of a name.
_OTHER_WORDS = (
    "the a an of in and but on at for when as deputy vice former some many most all other these those "
    "what unlike like with after while since even both no new senior one two by to from if so or then "
    "that this it he she they we i his her their its our my who how why where asked not only last "
    "next under over during before because although though despite speaking according monday tuesday "
    "wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december "
)
_CROWD = frozenset(_CROWD_WORDS.split())
TITLES = frozenset(_TITLE_WORDS.split())
NO_NAME = frozenset(_OTHER_WORDS.split())
CONNECTOR = r"(?:al|bin|ben|da|de|del|der|di|el|la|le|van|von)"
SPACE = "[ \xa0]"
_MARKS = ' \xa0\t\r\n,;:"“”«»'
# A given name this often needs no second thought; the longest name before a surname, in characters.
_CERTAIN, _LONGEST = 3, 30
_HEAD_END = re.compile(
    r"\s*(?:[,;(—–]|\s(?:of|from|at|in|for|with|on|to|by|close|familiar|near|who|that|which|whose|including)\s)"
)


@lru_cache(maxsize=1024)
def full_name(text: str, phrase: str) -> str:
    """Return the form with given name that ``text`` has most often of a person named by one word.

    "Lind" becomes "Marta Lind"; anything else ("the minister", "Mr Lind", "Norland") stays as it is.
    """
    word = phrase.strip()
    if not re.fullmatch(r"[^\W\d_][\w'’-]+", word) or not word[0].isupper() or word.isupper():
        return word
    if kind_of_source(word) != "person" or (word.endswith("s") and _is_common(text, word.lower())):
        return word
    name = rf"(?:[A-Z][\w’'-]+|[A-Z]\.)(?:{SPACE}?[A-Z]\.)*(?:{SPACE}{CONNECTOR})*"
    found = Counter(
        m.group(1)
        for m in re.finditer(rf"(?<![\w.’'-])({name}){SPACE}+{re.escape(word)}(?![\w-])", text)
        if _may_be_given(text, m)
    )
    if not found:
        return word
    (given, count), *others = found.most_common()
    # Two people of one surname: which is meant is anyone's guess. Once is a headline's verb ("Calls Lind").
    if others and (count < _CERTAIN or others[0][1] > 1):
        return word
    # A second given name stands in every mention; a verb or a title in a headline does not.
    first = {
        "".join(re.findall(rf"([A-Z][\w-]+){SPACE}+\Z", text[max(0, m.start() - _LONGEST) : m.start()]))
        for m in re.finditer(rf"\b{re.escape(given)}{SPACE}+{re.escape(word)}\b", text)
    }
    if count > 1 and len(first) == 1 and (more := first.pop()) and not _no_name(more):
        given = f"{more} {given}"
    return f"{given} {word}"


def _no_name(word: str) -> bool:
    return word.rstrip(".").lower() in TITLES | NO_NAME


def _may_be_given(text: str, match: re.Match[str]) -> bool:
    given = match.group(1).split()[0]
    if _no_name(given) or given.endswith(("'s", "’s")):
        return False
    near = text[max(0, match.start() - _LONGEST) : match.start()]
    before = near.rstrip(_MARKS)
    opens = not before or before[-1] in ".!?" or "\n" in near[len(before) :]
    return not (opens and _is_common(text, given.lower()))


@lru_cache(maxsize=1024)
def _is_common(text: str, word: str) -> bool:
    """Whether a text has a word in lower case."""
    return re.search(rf"\b{re.escape(word)}\b", text) is not None


def is_body_noun(word: str) -> bool:
    """Return whether a noun heads a body ("ministry", "party"), never one person."""
    return _BODY.fullmatch(word) is not None


def kind_of_source(phrase: str) -> str:
    """Return what a source phrase names, by its head noun: "person", "body", "group" or "thing"."""
    end = _HEAD_END.search(phrase)
    head = phrase[: end.start()] if end and end.start() else phrase
    words = re.sub(r"['’]s?$", "", head.strip()).split()
    last = words[-1].strip('."“”') if words else ""
    low = last.lower()
    states = find_states(head)
    if len(words) > 1 and any(w in {"and", "&"} for w in words[1:-1]):
        return "body" if is_body_noun(low) else "group"
    if low in _CROWD or (last.islower() and re.fullmatch(r"\w+[^siu]s", low) and not is_body_noun(low)):
        return "group"
    named = any(head[end:].strip(" '’s") == "" and not head[:start].strip() for _, start, end in states)
    if is_body_noun(low) or named or (last.isupper() and len(last) > 1 and low not in {"jr", "ii", "iii"}):
        return "body"
    if last.islower() and _THING.fullmatch(low):
        return "thing"
    return "person"
