"""Tells whether reporting words themselves deny what they report. Looks at words only.

"Kyiv denied that ..." denies; "rejected the offer" turns down a thing, not a claim; "declined to
comment" and "neither confirmed nor denied" say nothing about the content. "Ruled out sending troops"
denies: what is ruled out will not be, whether it is a claim or a plan. A verdict inside the content
("called {the report a lie}") is no denial by the cue: the content says it itself.
"""

from __future__ import annotations

import re

CLAIM_NOUN = (
    r"(?:claims?|assertions?|allegations?|accusations?|reports?|rumou?rs?|suggestions?|statements?|charges?"
    r"|contentions?|insinuations?|speculation|criticisms?|accounts?|findings?|conclusions?|theor(?:y|ies)"
    r"|(?:notion|idea)(?= that\b))(?!['’])"
)
# Any content of these is denied.
_DENY = re.compile(
    r"\b(?:den(?:y|ies|ied|ying|ials?)|refut(?:e|es|ed|ing)|rebut(?:s|ted|ting)?|disput(?:e|es|ed|ing)"
    r"|contradict(?:s|ed|ing)?|debunk(?:s|ed|ing)?|rul(?:e|es|ed|ing) out)\b",
    re.IGNORECASE,
)
# Of these only claims are denied: "rejected claims that ..." but not "rejected the offer".
_TURN_DOWN = re.compile(
    r"\b(?:reject(?:s|ed|ing)?|dismiss(?:es|ed|ing)?|repudiat(?:e|es|ed|ing)|disavow(?:s|ed|ing)?"
    r"|discount(?:s|ed|ing)|rubbish(?:es|ed|ing)|derid(?:es|ed|ing)|disagree(?:s|d|ing)?"
    r"|scoff(?:s|ed|ing)? at"
    r"|(?:brush|wav|bat+|laugh|shrug)(?:es|s|ed|ing) (?:it |them )?(?:off|aside|away)"
    r"|sh(?:oots|ot|ooting) down|push(?:es|ed|ing) back (?:on|against)|t(?:akes|ook|aking) issue with)\b",
    re.IGNORECASE,
)
# Verdicts in the cue: "dismissed as baseless", "called a lie", "was false".
_VERDICT = (
    r"(?:false|untrue|not true|lies?|fake|fabricat\w+|baseless|unfounded|groundless|nonsense|propaganda|bogus"
    r"|hoax|inaccurate|incorrect|disinformation|misinformation|fiction|invention)"
)
_FALSE = re.compile(
    rf"\b(?:as|call(?:s|ed|ing)?|brand(?:s|ed|ing)|label(?:s|l?ed|l?ing)|term(?:s|ed|ing)"
    rf"|describ(?:es|ed|ing)|declar(?:es|ed|ing)) (?:(?!of\b|for\b|not\b)[\w’']+ ){{0,4}}?{_VERDICT}\b"
    rf"|\b(?:is|are|was|were) (?:\w+ly |just |all )?(?:an? )?{_VERDICT}\b",
    re.IGNORECASE,
)
_NOT_A_DENIAL = re.compile(
    r"\bneither confirm\w* nor\b|\bin denial\b"
    r"|(?:\b(?:not|never|nor|without|no one|nobody|few|hardly|cannot|(?:declin|refus)\w+ to|stop\w* short of"
    r"|short of|avoid\w*|unable to)|n['’]t) (?:[\w’']+ (?:or |nor )?){0,3}?"
    r"(?:den(?:y|ied|ies|ying|ial)|disput|refut|rebut|contradict|reject|dismiss|rul\w+ out|disagree)",
    re.IGNORECASE,
)
# "Denied them entry to the site" withholds a thing.
_WITHHELD = re.compile(
    r"\b(?:access|entry|entrance|permission|visas?|bail|asylum|parole|admission|accreditation|passage|boarding"
    r"|treatment|a licen[cs]e|the right)(?= (?:to|into|for|from|by|at|on)\b|[,.;]|$)",
    re.IGNORECASE,
)
_OBJECT = re.compile(r"\W*(?:(?!\w+ing\b|that\b|ha[sd]\b|w(?:as|ere)\b)[\w’'-]+ ){0,3}?", re.IGNORECASE)
_CLAIM = re.compile(rf"that\b|\W*(?:[\w’'-]+ ){{0,4}}?{CLAIM_NOUN}\b", re.IGNORECASE)


def denies(cue: str | None, content: str) -> bool:
    """Return whether ``cue`` denies ``content`` ("denied", "rejected claims that", "dismissed as a lie")."""
    cue, content = " ".join((cue or "").split()), " ".join(content.split())
    if _NOT_A_DENIAL.search(cue):
        return False
    if _FALSE.search(cue):
        return True
    denial = _DENY.search(cue)
    if denial:
        return not _withholds(cue[denial.end() :], content)
    turned = _TURN_DOWN.search(cue)
    if not turned:
        return False
    rest = cue[turned.end() :]
    in_cue = re.search(rf"\b{CLAIM_NOUN}(?!\w)|\bthat$", rest, re.IGNORECASE)
    return bool(in_cue or _CLAIM.match(content))


def _withholds(rest: str, content: str) -> bool:
    """Whether what follows "denied" is a thing that someone does not get."""
    words = f"{rest} {content}".strip()
    lead = re.match(rf"{_OBJECT.pattern}{_WITHHELD.pattern}", words, re.IGNORECASE)
    return lead is not None
