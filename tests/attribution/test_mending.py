from stance.attribution.linking import Span
from stance.attribution.mending import mend
from stance.attribution.sentences import sentence_spans


def mended(text, *spans):
    found = mend(text, spans, sentence_spans(text))
    return [(s.role, text[s.start : s.end]) for s in found]


def whole(text):
    return Span("content", 0, len(text.rstrip(".")))


def test_a_denial_taken_for_one_content_is_taken_apart():
    text = "The northern army denied a claim by officials in Astrel that its units had left the ridge."
    assert mended(text, whole(text)) == [
        ("source", "The northern army"),
        ("cue", "denied"),
        ("content", "a claim by officials in Astrel that its units had left the ridge"),
    ]


def test_perfect_tense_and_adverb_belong_to_the_cue():
    text = "The company has flatly denied that it dumped solvent"
    assert mended(text, whole(text))[1] == ("cue", "has flatly denied")


def test_a_thing_turned_down_is_no_denial():
    text = "The union rejected the offer of the port"
    assert mended(text, whole(text)) == [("content", text)]


def test_a_sentence_with_a_source_or_cue_of_its_own_stays_as_tagged():
    text = "The northern army denied that its units had left, she said"
    spans = (Span("content", 0, 48), Span("source", 50, 53), Span("cue", 54, 58))
    assert [role for role, _ in mended(text, *spans)] == ["content", "source", "cue"]


def test_a_content_in_mid_sentence_stays():
    text = "It is known that the army denied that its units had left"
    assert mended(text, Span("content", 17, len(text))) == [("content", text[17:])]


def test_a_content_that_breaks_off_at_a_relative_pronoun_is_left_out():
    text = "She thanked the sailors who, she said, had stayed."
    assert mended(text, Span("content", 12, 27), Span("content", 39, 49)) == [("content", "had stayed")]
