"""Tells a saying from what only looks like one: topics, questions, and refusals to say anything.

It looks at the words of one cue and one content; who is behind them is for others.
"""

from __future__ import annotations

import re

# "declined to comment on P", "would not say whether P", "neither confirmed nor denied P": nothing is said.
_SILENT = re.compile(
    r"\b(?:declin|refus)\w* to "
    r"(?:say|comment|confirm|discuss|answer|elaborate|disclose|give|specify|speculate)"
    r"|\bneither (?:confirm|den)\w*"
    r"|\b(?:could|can)(?:not| not|n['’]t) (?:be reached|immediately be|confirm|verify|rule)"
    r"|\bno(?:t)? (?:immediate(?:ly)? )?(?:comment|respon[ds]e?)\b"
    r"|(?:\b(?:not|never|nobody|no one|neither|nor|without)|n['’]t) "
    r"(?:\w+ly |yet |also |publicly ){0,2}"
    r"(?:say|said|saying|spoken?|comment\w*|confirm\w*|specif\w+|elaborat\w+|mention\w*|discuss\w*|answer\w*"
    r"|respond\w*|repl\w+|explain\w*|address\w*|agree on|disclos\w+|reveal\w*|know\w*|be drawn)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"\b(?:[Aa]sk(?:ed|s|ing)?|[Pp]ressed|[Qq]uestioned|[Ww]ondered|[Ii]nquired)\b")
_ASKS_FOR = re.compile(r"\b(?:for|to)\s*$")
# "gave accounts of", "had talked about": what follows is a topic. To accuse or warn of a thing claims it.
_TOPIC = re.compile(
    r"\b(?:accounts?|extracts?|reviews?|reports?|versions?|details?|spok\w+|speak\w*|talk\w*|discuss\w*|statements?"
    r"|comment\w*|differ\w*|disagree\w*|argu\w+|agree\w*|heard|learn\w*|remind\w*)\s+(?:\w+ )?"
    r"(?:of|about|on|over|for|with)$|\b(?:discuss(?:ed|es|ing)?|order(?:ed|s)"
    r"|publish(?:ed|es) (?:\w+ ){0,3}(?:of|about|on)|releas(?:ed|es) (?:\w+ ){1,5}"
    r"|show(?:ed|s|ing)|depict(?:ed|s|ing))$",
    re.IGNORECASE,
)
# "P, he said {when he was asked}", "pleaded {guilty to P}".
_SAID = re.compile(
    r"\b(?:said|says|told|add(?:ed|s)|repl(?:ied|ies))$|\bplead(?:ed|s)? (?:not )?guilty", re.IGNORECASE
)
_WHEN = re.compile(
    r"\W*(?:when|after|before|while|during|as (?:he|she|they)|to \w+ counts?|guilty)\b", re.IGNORECASE
)
_THAT = re.compile(r"\W*(?:that|how)\b", re.IGNORECASE)


def says_nothing(cue: str) -> bool:
    """Return whether reporting words leave their content unsaid ("declined to say", "did not mention")."""
    return _SILENT.search(" ".join(cue.split())) is not None


def is_background(cue: str | None, content: str, *, sourced: bool, quoted: bool) -> bool:
    """Return whether a content is no statement.

    - what someone declined to say, or was asked;
    - unless some of it is quoted: the topic of a saying ("gave accounts of {the fighting}"), and words with
      neither cue nor source.
    """
    if cue is None:
        return not sourced and not quoted
    words = " ".join(cue.split())
    if says_nothing(words):
        return True
    if not sourced and _QUESTION.search(words) and not _ASKS_FOR.search(words):
        return True
    if not quoted and _SAID.search(words) and _WHEN.match(content):
        return True
    return not quoted and bool(_TOPIC.search(words)) and not _THAT.match(content)
