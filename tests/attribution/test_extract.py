from __future__ import annotations

import random
import time
from datetime import date
from types import SimpleNamespace

import pytest
from marked import MarkedTagger, read_marked

from stance.attribution.extract import extract, kind_of, speaker_name
from stance.attribution.linking import Span
from stance.attribution.parties import PartyFinder
from stance.attribution.quotes import inside, quotations
from stance.attribution.roster import Roster
from stance.records import Article, Kind, Party, Statement


class FirstWordFinder:
    """Gives every mention the party of its first word."""

    def assign(self, text, mentions, *, day=None):  # noqa: ARG002
        assert all(text[m.start : m.end] == m.text for m in mentions)
        return [SimpleNamespace(party_id=m.text.split()[0].lower()) for m in mentions]

    def roster(self):
        return Roster((Party("marta", "Norland"),))


def statements(marked: str) -> list[Statement]:
    text, _ = read_marked(marked)
    got = extract([Article("a", text)], MarkedTagger(marked), FirstWordFinder())
    check(text, got)
    return got


def check(text: str, got: list[Statement]) -> None:
    for s in got:
        assert text[s.start : s.end] == s.text
        assert s.text == s.text.strip() != ""
        assert len(s.text.split()) >= 3
    assert len({s.id for s in got}) == len(got)
    assert [s.start for s in got] == sorted(s.start for s in got)


def texts(marked: str) -> list[str]:
    return [s.text for s in statements(marked)]


def test_a_statement_carries_what_the_article_tells():
    marked = "[Marta Lind] <said> {that they hold the town}."
    text, _ = read_marked(marked)
    day = date(2025, 4, 26)
    got = extract([Article("a1", text, published=day)], MarkedTagger(marked), FirstWordFinder())
    assert got == [
        Statement("a1:21-39", "they hold the town", 21, 39, "a1", "Marta Lind", "marta", "said", said=day)
    ]


def test_speaker_and_party_are_none_when_the_article_does_not_tell():
    (got,) = statements("It is <unclear> {whether they hold the town}.")
    assert (got.speaker, got.party, got.cue) == (None, None, "unclear")


def test_mentions_and_parties_stay_together():
    marked = (
        '{"They hold it all"}.\n\n[Ek] <said> {they lost it all}. [She] <said> {so it is}. '
        "[Moss] <said> {no one did}."
    )
    got = statements(marked)
    assert [(s.speaker, s.party) for s in got] == [(None, None), ("Ek", "ek"), ("Ek", "ek"), ("Moss", "moss")]


def test_articles_keep_their_order_and_progress_counts_them():
    marked = ["[Ek] <said> {they hold the town}.", "Nothing was said.", "[Moss] <said> {they lost the town}."]
    articles = [Article(str(i), read_marked(m)[0]) for i, m in enumerate(marked)]
    steps = []
    got = extract(articles, MarkedTagger(*marked), FirstWordFinder(), progress=steps.append)
    assert [s.article_id for s in got] == ["0", "2"]
    assert steps == [1, 1, 1]


def test_names_over_a_line_break_are_shown_in_one_line():
    assert statements("[Marta\nLind] <said> {they hold the town}.")[0].speaker == "Marta Lind"


def test_it_works_with_the_real_finder():
    marked = "[The Kremlin] <said> {that its troops hold the town}."
    text, _ = read_marked(marked)
    (got,) = extract([Article("a", text)], MarkedTagger(marked), PartyFinder())
    assert got.party == "ru"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("that they hold the town", "they hold the town"),
        ("that, in fact, they hold it", "in fact, they hold it"),
        ("that is a plain lie", "that is a plain lie"),
        ("That was the plan", "That was the plan"),
        ("they hold the town,", "they hold the town"),
        (", they hold the town –", "they hold the town"),
        ("they hold the town.", "they hold the town."),
        ("do they hold the town?", "do they hold the town?"),
        ('"they hold the town"', "they hold the town"),
        ('"They hold the town,"', "They hold the town"),
        ('"They hold the town."', "They hold the town."),
        ('"they hold the town".', "they hold the town"),
        ("“They hold the town!”", "They hold the town!"),
        ("‘They hold the town.’", "They hold the town."),
        ("'they hold the town'", "they hold the town"),
        ("''They hold the town,''", "They hold the town"),
        ("«They hold the town»", "They hold the town"),
        ("“‘They hold the town,’”", "‘They hold the town,’"),
        ('that "they hold the town"', "they hold the town"),
        ('"they hold" the whole town', '"they hold" the whole town'),
        ('the town is "held by us"', 'the town is "held by us"'),
        ('the town is "held by us".', 'the town is "held by us".'),
        ('"now" they hold "it"', '"now" they hold "it"'),
        ("the workers' union holds it", "the workers' union holds it"),
        ("it belongs to the workers'", "it belongs to the workers'"),
        ("'s town is lost now", "'s town is lost now"),
        ("\xa0they hold the town\xa0", "they hold the town"),
        ("… they hold the town …", "… they hold the town …"),
    ],
)
def test_what_does_not_belong_to_the_words_goes(content, text):
    assert texts(f"[Lind] <said> {{{content}}} today") == [text]


def test_a_mark_whose_partner_is_outside_goes():
    assert texts('[Lind] <said> "{we hold the town}" today') == ["we hold the town"]
    assert texts('[Lind] <said> {"we hold the town}" today') == ["we hold the town"]
    assert texts('[Lind] <said> "{we hold the town"} today') == ["we hold the town"]


@pytest.mark.parametrize(
    "content", ["so", "the deal", '"no deal"', "that is so"[:7], "— , .", "it's over", "“…”"]
)
def test_fewer_than_three_words_give_none(content):
    assert texts(f"[Lind] <said> {{{content}}}") == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("they hold the town", Kind.INDIRECT),
        ("the workers' union isn't the owners' friend", Kind.INDIRECT),
        ('"we hold the town"', Kind.DIRECT),
        ("“We hold the town,”", Kind.DIRECT),
        ("‘We hold the town.’", Kind.DIRECT),
        ("'we hold the town'", Kind.DIRECT),
        ("''We hold the town''", Kind.DIRECT),
        ('they "hold" the town', Kind.MIXED),
        ("they “hold” the town", Kind.MIXED),
        ("they ‘hold’ the town", Kind.MIXED),
        ("they 'hold' the town", Kind.MIXED),
        ('"we hold" the town, "all of it"', Kind.MIXED),
        ("", Kind.INDIRECT),
    ],
)
def test_kinds(content, kind):
    assert kind_of(content) is kind
    if content:
        (got,) = statements(f"[Lind] <said> {{{content}}} today")
        assert got.kind is kind


def test_the_kind_is_known_when_the_marks_are_outside_the_content():
    (got,) = statements('[Lind] <said>: "{we hold the town}."')
    assert got.kind is Kind.DIRECT


def test_sentences_are_cut_apart_exactly_and_keep_their_kind():
    marked = (
        "[Lind] <said>: {“We hold the town. Gen. Moss left the U.S. base at 9 a.m. on Monday. It is over.}"
        "\n\n{“The rest came in May.”}"
    )
    got = statements(marked)
    assert [s.text for s in got] == [
        "We hold the town.",
        "Gen. Moss left the U.S. base at 9 a.m. on Monday.",
        "It is over.",
        "The rest came in May.",
    ]
    assert {(s.speaker, s.kind) for s in got} == {("Lind", Kind.DIRECT)}


def test_a_sentence_too_short_to_stand_alone_stays_with_the_one_before():
    assert texts('[Lind] <said>: {"We hold the town. All of it. No. It is over."}') == [
        "We hold the town.",
        "All of it. No.",
        "It is over.",
    ]
    assert texts('[Lind] <said>: {"No. We hold the town."}') == ["We hold the town."]


def test_a_quotation_that_runs_on_keeps_its_speaker():
    got = statements('{"We hold the town,"} [Lind] <said>. {"It is all over."}')
    assert [(s.text, s.speaker, s.cue) for s in got] == [
        ("We hold the town", "Lind", "said"),
        ("It is all over.", "Lind", "said"),
    ]


def denial(marked: str) -> list[tuple[str, str | None, bool]]:
    return [(s.text, s.speaker, s.denies) for s in statements(marked)]


@pytest.mark.parametrize(
    ("said", "claimant"),
    [
        ("<denied> {an assertion by officials in Moscow that the town had fallen}", "officials in Moscow"),
        ("<dismissed as false> {a report by the ministry that the town had fallen}", "the ministry"),
        ("<dismissed> {as false a report made by the ministry that the town had fallen}", "the ministry"),
        ("<rejected> {the union's claim that the town had fallen}", "the union"),
        ("<rejected> {the workers' latest claims that the town had fallen}", "the workers"),
        ("<rejected> {Moscow’s claim that the town had fallen}", "Moscow"),
        ("<denied> {reports from Moscow that the town had fallen}", "Moscow"),
    ],
)
def test_a_denied_claim_is_stated_by_its_claimant(said, claimant):
    marked = f"[The army] {said}."
    assert denial(marked) == [
        ("the town had fallen", "The army", True),
        ("the town had fallen", claimant, False),
    ]
    first, second = statements(marked)
    assert second.id == f"{first.id}#claimed"
    assert (first.party, second.party) == ("the", claimant.split()[0].lower())
    assert second.cue in {"assertion", "report", "reports", "claim", "claims"}


@pytest.mark.parametrize(
    "said",
    [
        "<denied> {claims that the town had fallen}",
        "<denied> {its claim that the town had fallen}",
        "<denied> {reports by them that the town had fallen}",
        "<denied> {Monday's report that the town had fallen}",
        "<denied> {that the town had fallen}",
        "<denied> {the town had fallen}",
    ],
)
def test_a_claim_of_nobody_is_only_denied(said):
    assert denial(f"[The army] {said}.") == [("the town had fallen", "The army", True)]


def test_a_claim_that_is_not_denied_is_left_whole():
    assert denial("[The army] <confirmed> {a report by the ministry that the town had fallen}.") == [
        ("a report by the ministry that the town had fallen", "The army", False)
    ]


def test_a_denier_is_not_made_to_deny_its_own_words():
    assert denial('{"We were never there,"} [the army] <denied>.') == [
        ("We were never there", "the army", False)
    ]
    assert denial('[The army] <denied> it: {"We were never there."}') == [
        ("We were never there.", "The army", False)
    ]
    got = denial('[The army] <denied> {"any involvement in it"}. {"We were never there."}')
    assert got == [("any involvement in it", "The army", True), ("We were never there.", "The army", False)]


def test_a_quoted_claim_is_denied():
    assert denial('[The army] <denied> that {"Russian troops took the town"}.')[0][2]
    assert denial('[The army] <denied> {that "Russian troops took the town"}.')[0][2]


def test_any_spans_give_exact_trimmed_statements_with_ids_of_their_own():
    pieces = [
        "they hold",
        "the town",
        " that ",
        '"',
        "“",
        "”",
        "'",
        "’s",
        "''",
        ". ",
        ", ",
        "\n",
        "\n\n",
        "\xa0",
        " ",
    ]
    pieces += [
        "U.S.",
        "denied",
        "a report by Moscow that ",
        "claims that ",
        "he",
        "Lind ",
        "…",
        "–",
        "?",
        "\u2009",
    ]
    total = 0
    for seed in range(400):
        draw = random.Random(seed)
        text = "".join(draw.choice(pieces) for _ in range(draw.randint(1, 60)))
        spans = []
        for _ in range(draw.randint(0, 15)):
            start = draw.randrange(len(text))
            spans.append(
                Span(
                    draw.choice(["source", "cue", "content", "content"]),
                    start,
                    draw.randint(start, len(text)),
                )
            )
        tagger = SimpleNamespace(tag=lambda _, spans=spans: [spans])
        got = extract([Article("a", text)], tagger, FirstWordFinder())
        check(text, got)
        total += len(got)
    assert total > 400


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('He "said so" and “did so” and ‘left’.', ['"said so"', "“did so”", "‘left’"]),
        ("The workers' union said it's the 'special forces' there.", ["'special forces'"]),
        (
            "'The workers' union is lost,' he said. 'It's over.'",
            ["'The workers' union is lost,'", "'It's over.'"],
        ),
        ("“One para.\n“Another.”\nA third", ["“One para.", "“Another.”"]),
        ("''We won,'' he said. ''It's ours.''", ["''We won,''", "''It's ours.''"]),
        ("Sie sagten „Wir gewinnen“ und «nous».", ["„Wir gewinnen“", "«nous»"]),
        ("He said “we ‘won’ it”.", ["“we ‘won’ it”"]),
        ("In the '90s the dogs' tails", []),
        ("A stray” mark", []),
        ("", []),
    ],
)
def test_quotations(text, found):
    spans = quotations(text)
    assert [text[a:b] for a, b in spans] == found
    assert all(inside(spans, a) and inside(spans, b - 1) for a, b in spans)
    assert not inside(spans, len(text))


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("Ukraine's general staff on Saturday", "Ukraine's general staff"),
        ("the ministry,\nlate on Monday", "the ministry"),
        ("the committee on Sunday trading", "the committee on Sunday trading"),
        ("Friday", "Friday"),
    ],
)
def test_the_day_of_speaking_is_no_part_of_the_name(phrase, name):
    assert speaker_name(phrase) == name


def test_words_that_nobody_is_said_to_have_said_are_background():
    assert texts("{The war began in May}. [Ek] <said> {they hold the town}.") == ["they hold the town"]


@pytest.mark.parametrize(
    "marked",
    [
        "[The union] <declined to say> {whether the gates were shut}.",
        "[The city neither] <confirmed nor denied> {that the gates were shut}.",
        "<Asked about> {the gates of the port}, [Ek] <left>.",
        "[The two sides] <gave conflicting accounts of> {the fight at the gates}.",
        "[Ek] <pleaded not guilty> {to four counts of theft}.",
    ],
)
def test_refusals_questions_and_topics_are_no_statements(marked):
    assert texts(marked) == []


def test_a_clause_that_its_cue_interrupts_is_one_statement():
    assert texts("{The old gates}, [Ek] <said>, {had been shut all day}.") == [
        "The old gates, Ek said, had been shut all day"
    ]
    (got,) = statements('{"The old gates,"} [Ek] <said>, {"had been shut all day."}')
    assert got.text == '"The old gates," Ek said, "had been shut all day."'
    assert got.kind is Kind.DIRECT
    assert len(texts('{"The old gates are shut,"} [Ek] <said>. {"We had no choice."}')) == 2


def test_a_quoted_sentence_behind_a_denial_is_not_what_is_denied():
    marked = '[Ek] <denied> {that: "The lights were out before the match ended."}'
    (got,) = statements(marked)
    assert got.text == "The lights were out before the match ended."
    assert not got.denies


def test_a_person_is_known_across_the_articles_of_an_event():
    marked = [
        "[Marta Lind, president of the Norland Union], <said> {they hold the town}.",
        "[Ms Lind] <said> {they hold the town}.",
        "[Ms Lind] <said> {they hold the town}.",
    ]
    events = ["war", "war", "cup"]
    articles = [
        Article(str(n), read_marked(m)[0] + "\n" * n, event=e)
        for n, (m, e) in enumerate(zip(marked, events, strict=True))
    ]
    spans = {a.text: read_marked(m)[1] for a, m in zip(articles, marked, strict=True)}
    tagger = SimpleNamespace(tag=lambda texts: [spans[t] for t in texts])
    reasons: dict[str, str] = {}
    got = extract(articles, tagger, PartyFinder(), reasons=reasons)
    assert [s.speaker.split(",")[0] for s in got] == ["Marta Lind", "Marta Lind", "Ms Lind"]
    assert [s.party for s in got] == ["norland-union", "norland-union", None]
    assert list(reasons) == [s.id for s in got]
    assert reasons[got[1].id] == "Marta Lind has it in 0"
    assert reasons[got[2].id] == "no party is named for the speaker"


def test_a_possessive_pronoun_leads_to_the_party():
    marked = "The Norland Union has won. [Its president, Marta Lind], <said> {they hold the town}."
    text, _ = read_marked(marked)
    (got,) = extract([Article("a", text)], MarkedTagger(marked), PartyFinder())
    assert (got.speaker, got.party) == ("The Norland Union’s president, Marta Lind", "norland-union")


NASTY = {
    "unbalanced": '"They said “we\'re ‘lost" and no one „closed it» ' * 20,
    "one line": "The union said on Monday that the port was shut, and no one came, he added. " * 200,
    "emoji": "🙂 Lind said 😀 “no 👍🏽” " * 100,
    "right to left": 'قال الوزير "لا" אמר שלום. ' * 100,
    "nul": "\0 Lind\0 said \0",
    "quotes": '"' * 3000,
    "spaces": " \u2028\t\r\n\xa0" * 300,
    "letters": "x" * 20_000,
    "cp1252": "The union\x92s chief said \x93we won\x94 \x96 twice. " * 50,
    "markup": "<p>Lind&nbsp;said <b>&ldquo;no&rdquo;</b></p>" * 50,
}


@pytest.mark.parametrize("name", NASTY)
def test_nasty_texts_end_in_a_result(name):
    text = NASTY[name]
    draw = random.Random(name)
    spans = []
    for _ in range(60):
        start = draw.randrange(len(text))
        end = min(len(text), start + draw.randint(1, 60))
        spans.append(Span(draw.choice(["source", "cue", "content"]), start, end))
    tagger = SimpleNamespace(tag=lambda _: [sorted(spans, key=lambda s: s.start)])
    got = extract([Article("a", text)], tagger, PartyFinder())
    assert all(text[s.start : s.end] == s.text for s in got)


def dated(marked: str) -> Statement:
    text, _ = read_marked(marked)
    article = Article("a", text, published=date(2024, 4, 30))
    [statement] = extract([article], MarkedTagger(marked), FirstWordFinder())
    return statement


def test_a_statement_keeps_its_days_and_numbers_with_their_words():
    got = dated("[The army] <said> {that 12 soldiers were killed on Sunday}.")
    [days], [quantity] = got.when, got.quantities
    assert (days.first, got.text[days.start - got.start : days.end - got.start]) == (
        date(2024, 4, 28),
        "Sunday",
    )
    words = got.text[quantity.start - got.start : quantity.end - got.start]
    assert (quantity.low, quantity.unit, words) == (12, "soldier killed", "12 soldiers")


@pytest.mark.parametrize(
    "marked",
    [
        "[The army] <said on Sunday> {that the town was quiet}.",
        "[The army] <said> in a statement on Sunday {that the town was quiet}.",
        "[The army on Sunday] <said> {that the town was quiet}.",
        "{The town was quiet}, [the army] <said> on Sunday.",
    ],
)
def test_the_day_of_saying_is_read_off_the_reporting_words(marked):
    got = dated(marked)
    assert (got.said, got.when) == (date(2024, 4, 28), ())


def test_a_day_is_resolved_against_the_day_of_saying():
    got = dated("[The army] <said on Sunday> {that the town fell yesterday}.")
    assert (got.said, got.when[0].first) == (date(2024, 4, 28), date(2024, 4, 27))


def test_a_statement_says_how_it_reads_alone_and_keeps_its_own_words():
    got = statements('{"We hold the town,"} <said> [Marta Lind]. [The army] <said> {this is a lie}.')
    assert [(s.text, s.said_as, s.fragment) for s in got] == [
        ("We hold the town", "Norland hold the town", False),
        ("this is a lie", None, True),
    ]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        # Live blog, dateline, byline and subheading: none of them is part of a statement or a speaker.
        ("10:42 Sunday\n[The army] <said> {the town was quiet}.", [("The army", "the town was quiet")]),
        (
            "KYIV, April 26 – {The town was quiet}, [the army] <said>.",
            [("the army", "The town was quiet")],
        ),
        ("By Ann Lund\n\nWhat next\n\n[Jon Ek] <said> {that talks go on}.", [("Jon Ek", "talks go on")]),
        # Names in other scripts and accents, and marks that no keyboard has.
        ("[Юрій Коваль] <said> {that the town was quiet}.", [("Юрій Коваль", "the town was quiet")]),
        ("[Łukasz Żółć] <said> {that the town was quiet}.", [("Łukasz Żółć", "the town was quiet")]),
        ("[محمد علي] <said> {that the town was quiet}.", [("محمد علي", "the town was quiet")]),
        ("[习近平] <said> {“we hold the town” 🙂}.", [("习近平", "“we hold the town” 🙂")]),
    ],
)
def test_the_furniture_of_news_and_names_of_all_scripts(marked, expected):
    assert [(s.speaker, s.text) for s in statements(marked)] == expected


def test_time_grows_with_the_text_and_not_with_its_square():
    # A surname in each paragraph: whoever read the whole text for each would need minutes here.
    paragraph = "[Lind] <said> {that the town of Tarn was quiet on Sunday}. Marta Lind left.\n\n"
    marked = paragraph * 4000
    text, _ = read_marked(marked)
    started = time.process_time()
    got = extract([Article("a", text, published=date(2024, 4, 30))], MarkedTagger(marked), FirstWordFinder())
    assert len(got) == 4000
    assert time.process_time() - started < 60
