from __future__ import annotations

import pytest
from marked import read_marked

from stance.attribution.clauses import complete
from stance.attribution.quotes import quotations
from stance.attribution.sentences import sentence_spans


def found(marked: str) -> dict[str, list[str]]:
    text, spans = read_marked(marked)
    spans.sort(key=lambda s: s.start)
    got = complete(text, spans, sentence_spans(text), quotations(text))
    assert [s.start for s in got] == sorted(s.start for s in got)
    return {role: [text[s.start : s.end] for s in got if s.role == role] for role in ("source", "content")}


@pytest.mark.parametrize(
    ("marked", "contents"),
    [
        # cut short at either end, before a cue at the end of the sentence
        (
            "It rained. {The results} of every station were in, [she] <added>.",
            ["The results of every station were in"],
        ),
        ("The port and {the gates were shut}, [he] <said>.", ["The port and the gates were shut"]),
        ("The gates were shut on Monday, [he] <told> the president.", ["The gates were shut on Monday"]),
        ('{The gates} are shut, [the chief, Jo Ek], <said:> {"So they stay."}', None),
        # a clause that the cue interrupts
        ("{The gates}, [he] <added>, had been shut.", ["The gates", "had been shut"]),
        # nothing tagged at all
        ("In the port, he went on, the gates were shut.", ["In the port", "the gates were shut"]),
        ("The gates of the port were shut, Ms Lind said.", ["The gates of the port were shut"]),
        ("[The club, he went on], <had lost> {three games}.", None),
        # a content that breaks off
        ("[He] <said> {that the gates and} the port were shut.", ["that the gates and the port were shut"]),
        # sentences before a reported clause are not part of it
        ("{The gap is wide. The gates were shut}, <according to> [Ek].", ["The gates were shut"]),
        # datelines and times are not part of what is said
        ("KYIV, April 26 – The gates were shut, he said.", ["The gates were shut"]),
        ("10:42 The gates were shut, he said.", ["The gates were shut"]),
        # left alone
        ("[He] <said> {that the gates were shut}, but it rained.", ["that the gates were shut"]),
        ("When asked about it on Monday, he said.", []),
        ('{"The gates were shut,"} [he] <said>.', ['"The gates were shut,"']),
        ("It was shut, he thought.", []),
    ],
)
def test_contents_are_carried_to_the_ends_of_their_clause(marked, contents):
    if contents is None:
        contents = {
            "{The g": ["The gates are shut", '"So they stay."'],
            "[The c": ["The club", "had lost three games"],
        }[marked[:6]]
    assert found(marked)["content"] == contents


def test_sources_of_sayings_that_were_not_tagged_are_found():
    assert found("The gates of the port were shut, Ms Lind said.")["source"] == ["Ms Lind"]
    assert found("[The club, he went on], <had lost> {three games}.")["source"] == ["he"]


def test_sentences_inside_quotations_are_left_alone():
    text = '{"It rained all day. The gates of the port were shut, he said. We left."} [Ek] <said>.'
    assert len(found(text)["content"]) == 1
