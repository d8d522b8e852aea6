import json
from datetime import date

import pytest
from fakes import FakeScorer, FakeTagger, by_words

from stance.attribution.roster import Roster
from stance.judging import REVIEW_BELOW
from stance.pairing import TOP_K
from stance.records import LABELS, Article, Label, Party
from stance.scoring import ScoreSettings, score_articles
from stance.scoring.run import stage_counter

ARTICLES = [
    Article(
        "one",
        "Russia said the village of Gornal has fallen.\nRussia said the last bridge was blown up.",
        published=date(2025, 4, 26),
        event="gornal",
    ),
    Article(
        "two",
        "Ukraine denied that the village of Gornal has fallen.\nUkraine said its troops hold the bridge.",
        published=date(2025, 4, 27),
        event="gornal",
    ),
    Article("three", "Ukraine said the harvest was good.", published=date(2025, 7, 1), event="harvest"),
    Article("four", "Zblork said nobody knows what happened.", event="gornal"),
]
SAME = "the village of Gornal has fallen"


def certain(first: str, second: str):
    if first == second:
        return 0.02, 0.95, 0.03
    return (0.1, 0.1, 0.8) if len(first) + len(second) > 60 else (0.3, 0.4, 0.3)


def run(articles=ARTICLES, *, answer=certain, **options):
    # However they put it: which wording is worth reading is the matter of tests/test_pairing.py.
    options = {"settings": ScoreSettings(min_closeness=0.0), **options}
    return score_articles(articles, tagger=FakeTagger(), scorer=FakeScorer(answer), **options)


def test_opposing_statements_of_one_event_are_judged():
    report = run()
    assert {(j.pair.a.party, j.pair.b.party) for j in report.judgements} == {("ru", "ua")}
    assert len(report.judgements) == 4
    assert [p.id for p in report.parties] == ["ru", "ua"]
    assert report.articles == tuple(ARTICLES)
    for statement in report.statements:
        [article] = [a for a in ARTICLES if a.id == statement.article_id]
        assert article.text[statement.start : statement.end] == statement.text
        assert statement.said == article.published


def test_a_denied_statement_contradicts_the_same_words_said_by_the_other():
    first = run().judgements[0]
    assert (first.pair.a.text, first.pair.b.text, first.label) == (SAME, SAME, Label.CONTRADICT)
    assert first.pair.b.denies


def test_judgements_stand_by_label_then_by_falling_probability():
    answers = {}

    def varied(first, second):
        p = 0.4 + 0.1 * len(answers.setdefault(frozenset((first, second)), "x" * (len(answers) % 5)))
        rest = (1 - p) / 2
        return [(p, rest, rest), (rest, p, rest), (rest, rest, p)][(len(first) + len(second)) % 3]

    many, few = ("many", "lots", "hundreds", "enough"), ("few", "a handful", "hardly any", "no more")
    articles = [Article(f"r{i}", f"Russia said there were {word} of them.") for i, word in enumerate(many)]
    articles += [Article(f"u{i}", f"Ukraine said they had {word} left.") for i, word in enumerate(few)]
    judgements = run(articles, answer=varied).judgements
    ranks = [(LABELS.index(j.label), -j.probabilities.of(j.label)) for j in judgements]
    assert ranks == sorted(ranks)
    assert len({rank[0] for rank in ranks}) == 3
    assert len(judgements) == 16


def test_counts_are_those_of_the_values():
    report = run(refused=["x.txt: an empty file"])
    counts = report.info["counts"]
    assert counts["articles"] == 4
    assert counts["refused"] == 1
    assert counts["statements"] == len(report.statements) == 6
    assert counts["statements_with_party"] == sum(s.party is not None for s in report.statements) == 5
    assert counts["pairs"] == len(report.judgements)
    assert counts["needs_review"] == sum(j.needs_review for j in report.judgements)
    for label in Label:
        assert counts[label.value] == len(report.labelled(label))
    assert report.refused == ("x.txt: an empty file",)


def test_the_record_tells_how_the_run_was_made_in_plain_json():
    info = run().info
    assert json.loads(json.dumps(info)) == info
    assert (info["model"], info["tagger"]) == ("fake@0", "fake-tagger@0")
    assert (info["roster"], info["threshold"]) == ("discovered", REVIEW_BELOW)
    assert info["settings"] == {
        "top_k": TOP_K,
        "days": None,
        "min_closeness": 0.0,
        "review_below": REVIEW_BELOW,
        "time": "loose",
        "events": "auto",
    }
    assert list(info["seconds"]) == [
        *("events", "tagging", "attribution", "copies", "pairing", "reading", "judging")
    ]
    assert "store_seconds" not in info


def test_a_given_roster_decides_who_opposes_whom():
    parties = (Party("r", "Russia", allied=frozenset({"u"})), Party("u", "Ukraine"))
    report = run(roster=Roster(parties))
    assert report.judgements == ()
    assert report.info["roster"] == "given"
    assert report.parties == parties
    assert {s.party for s in report.statements} == {"r", "u", None}


def test_settings_reach_pairing_and_judging():
    assert run(settings=ScoreSettings(days=0)).judgements == ()
    assert len(run(settings=ScoreSettings(top_k=1)).judgements) < 4
    assert all(j.needs_review for j in run(settings=ScoreSettings(review_below=1.0)).judgements)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"top_k": 0}, "top_k is 0"),
        ({"days": -3}, "days is -3"),
        ({"review_below": 7.0}, r"review_below is 7\.0"),
    ],
)
def test_settings_out_of_range_are_refused_before_any_work(settings, message):
    with pytest.raises(ValueError, match=message):
        ScoreSettings(**settings)


def test_articles_without_statements_give_an_empty_report():
    report = run([Article("quiet", "Nothing was said today")])
    assert report.statements == report.judgements == ()
    assert report.info["counts"]["pairs"] == 0


def test_the_order_of_articles_changes_no_verdict():
    def verdicts(report):
        return sorted((sorted((j.pair.a.id, j.pair.b.id)), j.label) for j in report.judgements)

    assert verdicts(run()) == verdicts(run(ARTICLES[::-1]))


def test_progress_of_each_stage_ends_at_its_total():
    seen = []
    twice = [*ARTICLES, Article("five", ARTICLES[0].text, event="gornal")]
    run(twice, answer=by_words, progress=lambda *step: seen.append(step))
    for stage, total in (("articles", 5), ("attribution", 5), ("pairs", None)):
        steps = [(done, of) for name, done, of in seen if name == stage]
        assert steps[0][0] == 0
        assert steps[-1][0] == steps[-1][1]
        assert total is None or steps[-1][1] == total


def test_a_stage_counter_never_passes_its_total_and_is_none_without_progress():
    seen = []
    count = stage_counter(lambda *step: seen.append(step), "pairs", 3)
    count(2)
    count(2)
    assert seen == [("pairs", 0, 3), ("pairs", 2, 3), ("pairs", 3, 3)]
    assert stage_counter(None, "pairs", 3) is None


def test_pairs_about_different_days_are_marked_or_set_apart():
    articles = [
        Article("a", "Russia said 12 people died in the town on Sunday.", published=date(2024, 4, 30)),
        Article("b", "Ukraine said 40 people died in the town on Monday.", published=date(2024, 4, 30)),
    ]
    clash = FakeScorer(lambda _a, _b: (0.9, 0.05, 0.05))
    reports = {
        time: score_articles(
            articles,
            tagger=FakeTagger(),
            scorer=clash,
            settings=ScoreSettings(min_closeness=0.0, time=time),
        )
        for time in ("loose", "strict")
    }
    for report in reports.values():
        [judgement] = report.judgements
        assert judgement.label is Label.CONTRADICT
        assert judgement.different_time
        assert (judgement.numbers.a.low, judgement.numbers.b.low) == (12, 40)
        assert report.info["counts"]["different_time"] == 1
    assert reports["loose"].labelled(Label.CONTRADICT) == list(reports["loose"].judgements)
    assert not reports["loose"].judgements[0].needs_review
    assert reports["strict"].labelled(Label.CONTRADICT) == []
    assert reports["strict"].apart() == list(reports["strict"].judgements)
    assert reports["strict"].judgements[0].needs_review


def test_a_time_that_there_is_none_of_is_refused():
    with pytest.raises(ValueError, match="time is 'soft': one of loose, strict is needed"):
        ScoreSettings(time="soft")
