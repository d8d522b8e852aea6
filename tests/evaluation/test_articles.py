from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from port import COMPANY, ROLES, ROSTER, SEEDS, UNION, changed, unmark, write_set
from sklearn.metrics import precision_recall_fscore_support

from stance.attribution.linking import Span
from stance.evaluation.articles import (
    ArticleMetrics,
    GoldSet,
    Retrieval,
    Share,
    article_lines,
    evaluate_articles,
    find_gold,
    match_parties,
    pooled,
    read_gold,
)
from stance.records import LABELS, Label, Statement
from stance.scoring import ScoreSettings

C, S, U = LABELS
WIND = "the wind fell on Sunday morning"
WATCHED = "{s|The Tarn Dockers' Union} watched as "


@pytest.fixture
def port(tmp_path: Path) -> GoldSet:
    return read_gold(write_set(tmp_path / "port"))


class OracleTagger:
    """Gives the marked spans; ``mend`` changes the marked article first."""

    def __init__(self, mend: Callable[[str], str] = lambda marked: marked) -> None:
        self.calls = 0
        self.spans = {}
        for marked in (UNION, COMPANY):
            changed, spans = unmark(mend(marked))
            assert changed == unmark(marked)[0], "a tagger sees the same text"
            self.spans[changed] = [Span(ROLES.get(n, "content"), a, b) for n, a, b in spans]

    def tag(self, texts, **_):
        self.calls += len(texts)
        return [self.spans[text] for text in texts]


@dataclass
class Scores:
    probabilities: np.ndarray
    truncated: int = 0


class OracleScorer:
    """Knows the gold; answers on the bare contents, as a classifier does: of a denied P and P, support."""

    symmetric = True

    def __init__(self, gold: GoldSet) -> None:
        self.gold = gold
        self.labels = {frozenset((p.a, p.b)): p.label for p in gold.pairs}

    def of(self, text: str) -> Statement:
        return next(s for s in self.gold.statements if text in s.text)

    def label(self, a: str, b: str) -> Label:
        one, two = self.of(a), self.of(b)
        label = self.labels.get(frozenset((one.id, two.id)), U)
        return {C: S, S: C, U: U}[label] if one.denies != two.denies else label

    def probabilities(self, pairs, **_):
        rows = [[0.9 if label is self.label(a, b) else 0.05 for label in LABELS] for a, b in pairs]
        return Scores(np.array(rows).reshape(-1, 3))


class FixedScorer:
    symmetric = True

    def __init__(self, label: Label) -> None:
        self.row = [0.9 if known is label else 0.05 for known in LABELS]

    def probabilities(self, pairs, **_):
        return Scores(np.tile(self.row, (len(pairs), 1)))


def measure(gold: GoldSet, tagger=None, scorer=None, **settings: Any) -> ArticleMetrics:
    return evaluate_articles(
        gold,
        tagger=tagger or OracleTagger(),
        scorer=scorer or OracleScorer(gold),
        settings=ScoreSettings(**{"min_closeness": 0.0, **settings}),
    )


# gold statements: n1 n2 n3 m1 m2 m3 o1; n2 has two sentences, so extraction gives 8 statements
PERFECT_STATEMENTS = Retrieval(gold=7, predicted=8, found=7, right=8)
TWO_OF_TWO, ONE_OF_ONE = Retrieval(2, 2, 2, 2), Retrieval(1, 1, 1, 1)


def test_an_oracle_is_perfect(port: GoldSet) -> None:
    found = measure(port)
    assert found.statements == PERFECT_STATEMENTS
    assert (found.statements.precision, found.statements.recall, found.statements.f1) == (1, 1, 1)
    for share in (found.speaker, found.party, found.party_discovered, found.denies):
        assert share == Share(7, 7)
    for pairs in (found.gold_pairs, found.end_to_end):
        assert pairs.candidates == {"contradict": Share(2, 2), "support": Share(1, 1)}
        assert pairs.labels == {"contradict": TWO_OF_TWO, "support": ONE_OF_ONE}
        assert pairs.outside == 0
    assert found.articles == 2


def test_each_article_is_tagged_once(port: GoldSet) -> None:
    tagger = OracleTagger()
    measure(port, tagger)
    assert tagger.calls == 2


def test_a_missed_statement_lowers_recall_and_its_pair_only(port: GoldSet) -> None:
    found = measure(port, OracleTagger(lambda t: re.sub(r"\{n3\|([^}]*)\}", r"\1", t)))
    # 6 of 7 gold statements found, 7 of 7 predicted right
    assert found.statements == Retrieval(7, 7, 6, 7)
    assert found.statements.recall == pytest.approx(6 / 7)
    assert found.party == found.denies == Share(6, 6)
    assert found.gold_pairs == measure(port).gold_pairs
    assert found.end_to_end.candidates == {"contradict": Share(2, 2), "support": Share(0, 0)}
    assert found.end_to_end.labels == {"contradict": TWO_OF_TWO, "support": Retrieval(1, 0, 0, 0)}
    assert found.end_to_end.labels["support"].f1 == 0


def test_an_invented_statement_lowers_precision_only(port: GoldSet) -> None:
    tagger = OracleTagger(lambda t: t.replace(f"as {WIND}", "{c|as} {x|" + WIND + "}"))
    found, perfect = measure(port, tagger), measure(port)
    # without a source it has no party and is paired with nothing: 8 of 9 predicted are right
    assert found.statements == Retrieval(7, 9, 7, 8)
    assert found.statements.precision == pytest.approx(8 / 9)
    assert replace(found, statements=perfect.statements) == perfect


def test_pairs_with_an_invented_statement_are_wrong_one_by_one(port: GoldSet) -> None:
    tagger = OracleTagger(
        lambda t: t.replace(f"The Tarn Dockers' Union watched as {WIND}", WATCHED + "{x|" + WIND + "}")
    )
    plain, found = measure(port, scorer=FixedScorer(S)), measure(port, tagger, FixedScorer(S))
    # 9 gold pairs: with m2 and m3 support (n3-m3 is), with m1, which is denied, contradict (n1-m1 is)
    assert plain.end_to_end.labels == {"contradict": Retrieval(2, 3, 1, 1), "support": Retrieval(1, 6, 1, 1)}
    # and the wind with m1, m2 and m3
    assert found.end_to_end.outside == 3
    assert found.end_to_end.labels == {"contradict": Retrieval(2, 4, 1, 1), "support": Retrieval(1, 8, 1, 1)}
    assert found.end_to_end.candidates == plain.end_to_end.candidates
    # judged unrelated, it costs nothing
    assert measure(port, tagger, FixedScorer(U)).end_to_end.outside == 0


def test_a_lost_speaker_lowers_speaker_and_party(port: GoldSet) -> None:
    # n3 has lost its source: it is paired with nothing
    other = "{s|The Tarn Dockers' Union} {c|said} {n3|"
    tagger = OracleTagger(lambda t: t.replace(other, "The Tarn Dockers' Union {c|said} {n3|"))
    found = measure(port, tagger)
    assert found.statements == PERFECT_STATEMENTS
    assert found.speaker == found.party == found.party_discovered == Share(6, 7)
    assert found.denies == Share(7, 7)
    assert found.end_to_end.candidates["support"] == Share(0, 1)
    assert found.end_to_end.labels == {"contradict": TWO_OF_TWO, "support": Retrieval(1, 0, 0, 0)}


def test_all_pieces_must_have_the_right_speaker(port: GoldSet) -> None:
    whole = "{n3|that three ships had arrived on Monday with grain}, to the cost of the Oskar Port Company."
    parts = (
        "{x|that three ships had arrived} {y|on Monday with grain}, "
        "{c|to the cost of} {s|the Oskar Port Company}."
    )
    found = measure(port, OracleTagger(lambda t: t.replace(whole, parts)))
    assert found.statements == Retrieval(7, 9, 7, 9)
    assert found.speaker == found.party == found.party_discovered == Share(6, 7)


def test_an_overlooked_denial_lowers_denies_and_turns_its_pair(port: GoldSet) -> None:
    tagger = OracleTagger(lambda t: t.replace("{c|denied}", "denied"))
    found = measure(port, tagger)
    assert found.denies == Share(6, 7)
    assert found.party == Share(7, 7)
    # the model rightly says that P supports P; unturned, that is a missed contradict and a false support
    assert found.end_to_end.labels == {
        "contradict": Retrieval(2, 1, 1, 1),
        "support": Retrieval(1, 2, 1, 1),
    }
    assert found.gold_pairs == measure(port).gold_pairs


def test_a_blind_scorer_lowers_pairs_only(port: GoldSet) -> None:
    found, perfect = measure(port, scorer=FixedScorer(U)), measure(port)
    for mine, oracle in ((found.gold_pairs, perfect.gold_pairs), (found.end_to_end, perfect.end_to_end)):
        assert mine.candidates == oracle.candidates
        assert mine.labels == {"contradict": Retrieval(2, 0, 0, 0), "support": Retrieval(1, 0, 0, 0)}
    assert replace(found, gold_pairs=perfect.gold_pairs, end_to_end=perfect.end_to_end) == perfect


def test_an_accusing_scorer_hand_worked(port: GoldSet) -> None:
    """Everything is called contradict; what m1 denies is turned to support."""
    found = measure(port, scorer=FixedScorer(C))
    # read: n1, n2, n3 against m2, m3 (6, all contradict) and against m1 (3, turned to support)
    # gold contradict: n1-m1 (turned: missed), n2-m2 (found): 1 of 6 given is right, 1 of 2 found
    # gold support: n3-m3 (called contradict: missed): 0 of 3 given, 0 of 1 found
    assert found.gold_pairs.read == 9
    assert found.gold_pairs.labels == {"contradict": Retrieval(2, 6, 1, 1), "support": Retrieval(1, 3, 0, 0)}
    contradict = found.gold_pairs.labels["contradict"]
    # F1 = 2 * 1/6 * 1/2 / (1/6 + 1/2) = (1/6) / (4/6) = 1/4
    assert (contradict.precision, contradict.recall) == (pytest.approx(1 / 6), 0.5)
    assert contradict.f1 == pytest.approx(0.25)
    # end to end n2 has two pieces: 12 pairs are read, and count as the same 9
    assert found.end_to_end.read == 12
    assert found.end_to_end.labels == found.gold_pairs.labels


def test_pieces_of_a_pair_count_once_and_the_clash_decides(port: GoldSet) -> None:
    class OneSentence(OracleScorer):
        """Sees the clash of n2 and m2 in the second sentence only and takes the first for support."""

        def label(self, a: str, b: str) -> Label:
            if {self.of(a).id, self.of(b).id} == {"n2", "m2"}:
                return C if "Nobody was hurt" in a + b else S
            return super().label(a, b)

    assert measure(port, scorer=OneSentence(port)).end_to_end.labels == {
        "contradict": TWO_OF_TWO,
        "support": ONE_OF_ONE,
    }


def test_fewer_candidates_lower_candidate_recall_and_recall(port: GoldSet) -> None:
    # published three days apart, so that no opponents are within two days
    found = measure(port, days=2)
    nothing = {"contradict": Share(0, 2), "support": Share(0, 1)}
    for pairs in (found.gold_pairs, found.end_to_end):
        assert pairs.read == 0
        assert pairs.candidates == nothing
        assert pairs.labels["contradict"] == Retrieval(2, 0, 0, 0)
    assert found.statements == PERFECT_STATEMENTS
    assert measure(port, days=3).gold_pairs.candidates["contradict"] == Share(2, 2)


def test_a_speaker_of_the_other_side_makes_false_pairs(port: GoldSet) -> None:
    # n3 is given to the company: it meets n1 and n2, and no longer the company's statements
    own, other = "{s|The Tarn Dockers' Union} {c|said} {n3|", "the Oskar Port Company."
    tagger = OracleTagger(
        lambda t: t.replace(own, "The Tarn Dockers' Union {c|said} {n3|").replace(
            other, "{s|the Oskar Port Company}."
        )
    )
    found = measure(port, tagger, FixedScorer(S))
    assert found.statements == PERFECT_STATEMENTS
    assert found.party == found.party_discovered == found.speaker == Share(6, 7)
    # support: n1 and n2 with m2, m3 and n3; contradict, turned: n1 and n2 with m1, which is denied
    assert found.end_to_end.labels == {"contradict": Retrieval(2, 2, 1, 1), "support": Retrieval(1, 6, 0, 0)}
    assert found.end_to_end.candidates == {"contradict": Share(2, 2), "support": Share(0, 1)}
    assert found.end_to_end.outside == 0


@pytest.mark.parametrize(
    ("votes", "stands_for"),
    [
        ({("x", "ru"): 3, ("y", "ua"): 2}, {"x": "ru", "y": "ua"}),
        # the larger part of a split party stands for it, the other for none
        ({("x", "ru"): 3, ("y", "ru"): 2}, {"x": "ru"}),
        # what is taken leaves the next best
        ({("x", "ru"): 3, ("y", "ru"): 2, ("y", "ua"): 1}, {"x": "ru", "y": "ua"}),
        # mostly outsiders
        ({("x", None): 3, ("x", "ru"): 2}, {}),
        ({("x", None): 2, ("x", "ru"): 2}, {"x": "ru"}),
        ({("y", "ru"): 1, ("x", "ru"): 1}, {"x": "ru"}),
        ({}, {}),
    ],
)
def test_found_parties_stand_for_gold_parties_one_to_one(
    votes: dict[tuple[str, str | None], int], stands_for: dict[str, str]
) -> None:
    assert match_parties(votes) == stands_for


def test_who_is_known_from_the_roster_alone_is_not_discovered(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "port", changed("statements", 5, party="union"))
    roster = ROSTER.replace("[Ann Lund]", "[Ann Lund, a doctor]")
    (folder / "parties.yaml").write_text(roster, encoding="utf-8")
    found = measure(read_gold(folder))
    assert found.party == Share(7, 7)
    assert found.party_discovered == Share(6, 7)


def test_pair_numbers_equal_scikit_learns() -> None:
    rng = np.random.default_rng(7)

    class Random:
        symmetric = True
        rows = None

        def probabilities(self, pairs, **_):
            rows = {frozenset(pair): rng.dirichlet([0.5, 0.3, 1.0]) for pair in pairs}
            # Gold is judged first; what is found without a tagger (by its cue alone) comes after it.
            self.rows = self.rows or rows
            return Scores(np.array([rows[frozenset(pair)] for pair in pairs]).reshape(-1, 3))

    for seeds in find_gold(SEEDS):
        gold = replace(seeds, statements=tuple(replace(s, denies=False) for s in seeds.statements))
        scorer = Random()

        class NoTagger:
            def tag(self, texts, **_):
                return [[] for _ in texts]

        found = evaluate_articles(gold, tagger=NoTagger(), scorer=scorer, settings=ScoreSettings(top_k=5))
        listed = {frozenset((p.a, p.b)): p.label for p in gold.pairs}
        truth, given = [], []
        for a, b in combinations(gold.statements, 2):
            if a.party and b.party and gold.roster.opposed(a.party, b.party):
                truth.append(listed.get(frozenset((a.id, b.id)), U).value)
                row = scorer.rows.get(frozenset((a.text, b.text)))
                given.append(U.value if row is None else LABELS[int(row.argmax())].value)
        names = ["contradict", "support"]
        expected = precision_recall_fscore_support(truth, given, labels=names, zero_division=0)
        for name, precision, recall, f1, support in zip(names, *expected, strict=True):
            mine = found.gold_pairs.labels[name]
            assert (mine.precision, mine.recall, mine.f1) == pytest.approx((precision, recall, f1))
            assert mine.gold == support
        assert found.statements.gold == len(gold.statements)
        # Without a tagger only sayings that their cue gives away are found: few, and mostly right.
        assert found.statements.predicted < len(gold.statements) / 3


def test_gold_spans_as_contents_are_all_found_on_the_seeds() -> None:
    """Extraction cuts, trims and splits; the matching must see through all of it on real articles."""

    class Contents:
        def __init__(self, gold: GoldSet) -> None:
            self.spans = {
                # what has neither cue nor source is background: each content gets a cue that says nothing
                a.text: [
                    Span(role, s.start, s.end if role == "content" else s.start + 1)
                    for s in gold.statements
                    if s.article_id == a.id
                    for role in ("content", "cue")
                ]
                for a in gold.articles
            }

        def tag(self, texts, **_):
            return [self.spans[text] for text in texts]

    for gold in find_gold(SEEDS):
        found = measure(gold, Contents(gold))
        assert (found.statements.precision, found.statements.recall) == (1, 1)
        # nobody is named, so only the outsiders have the right party: none
        outsiders = sum(s.party is None for s in gold.statements)
        assert found.party == found.party_discovered == Share(outsiders, len(gold.statements))
        assert found.gold_pairs.labels["contradict"].f1 == found.gold_pairs.labels["support"].f1 == 1


def test_undefined_numbers_are_none() -> None:
    assert Share(0, 0).to_dict() == {"right": 0, "of": 0, "share": None}
    assert [Retrieval(0, 0, 0, 0).precision, Retrieval(0, 0, 0, 0).recall, Retrieval(0, 0, 0, 0).f1] == [
        None
    ] * 3
    wrong = Retrieval(0, 2, 0, 0)
    assert (wrong.precision, wrong.recall, wrong.f1) == (0, None, None)
    missed = Retrieval(2, 0, 0, 0)
    assert (missed.precision, missed.recall, missed.f1) == (0, 0, 0)


def test_sets_are_pooled_by_count(port: GoldSet) -> None:
    one, two = measure(port), replace(measure(port, scorer=FixedScorer(C)), name="other", data="ff")
    two = replace(two, end_to_end=replace(two.end_to_end, outside=3))
    total = pooled([one, two])
    assert (total.name, total.sets, total.articles) == ("all", 2, 4)
    assert total.statements == Retrieval(14, 16, 14, 16)
    assert total.party == total.denies == total.speaker == total.party_discovered == Share(14, 14)
    # gold pairs, contradict: 2 of 2 right and 1 of 6 right: precision 3/8, recall 3/4
    contradict = total.gold_pairs.labels["contradict"]
    assert contradict == Retrieval(4, 8, 3, 3)
    assert (contradict.precision, contradict.recall) == (0.375, 0.75)
    assert (total.end_to_end.read, total.end_to_end.outside) == (24, 3)
    assert total.end_to_end.candidates["support"] == Share(2, 2)
    assert total.data not in (one.data, two.data)
    with pytest.raises(ValueError, match="no sets to pool: give the metrics of at least one"):
        pooled([])
    with pytest.raises(ValueError, match="measured with different settings: needed the same for all"):
        pooled([one, measure(port, top_k=3)])


def test_plain_values(port: GoldSet) -> None:
    plain = json.loads(json.dumps(measure(port, days=2).to_dict(), allow_nan=False))
    assert plain["statements"] == {
        "gold": 7, "predicted": 8, "found": 7, "right": 8, "precision": 1.0, "recall": 1.0, "f1": 1.0,
    }  # fmt: skip
    assert plain["settings"] == {
        "top_k": 20, "days": 2, "min_closeness": 0.0, "review_below": 0.6, "time": "loose", "events": "auto",
    }  # fmt: skip
    assert plain["end_to_end"]["candidates"]["support"] == {"right": 0, "of": 1, "share": 0.0}
    assert set(plain) == {
        "name", "data", "settings", "sets", "articles", "statements", "speaker", "party", "party_discovered",
        "denies", "gold_pairs", "end_to_end",
    }  # fmt: skip


def test_the_lines(port: GoldSet) -> None:
    one = measure(port, scorer=FixedScorer(C))
    lines = article_lines([one], model="small@ab", tagger="spans@cd")
    rows = [re.split(r"\s{2,}", line) for line in lines]
    at = {row[0]: rows[i + 1] for i, row in enumerate(rows[:-1]) if len(row) > 1}
    assert at["statements"] == ["port", "7", "8", "1.000", "1.000", "1.000"]
    assert at["who said it"] == ["port", "1.000 of 7", "1.000 of 7", "1.000 of 7", "1.000 of 7"]
    assert at["pairs, gold statements"] == ["port", "9", "1.000 of 2", "1.000 of 1", "0"]
    assert at["pairs, end to end"] == ["port", "12", "1.000 of 2", "1.000 of 1", "0"]
    assert at["contradict, gold statements"] == ["port", "2", "6", "0.167", "0.500", "0.250"]
    assert at["support, end to end"] == ["port", "1", "3", "0.000", "0.000", "0.000"]
    assert lines[-1].startswith(
        f"data:{pooled([one]).data[:12]}|sets:1|articles:2|model:small@ab|tagger:spans@cd|"
    )
    assert "|top_k:20|days:any|min_closeness:0|version:" in lines[-1]
    assert not any(line.startswith("all") for line in lines)
    for block in "\n".join(lines[:-2]).split("\n\n"):
        assert len({len(line) for line in block.split("\n")}) == 1, block
    several = article_lines([one, replace(one, name="other")])
    assert next(line for line in several if line.startswith("all")).split() == [
        "all",
        "14",
        "16",
        *["1.000"] * 3,
    ]


def test_progress_tells_the_stages(port: GoldSet) -> None:
    told = []

    def show(stage: str, done: int, total: int) -> None:
        told.append((stage, done, total))

    evaluate_articles(
        port,
        tagger=OracleTagger(),
        scorer=OracleScorer(port),
        settings=ScoreSettings(min_closeness=0.0),
        progress=show,
    )
    assert [t for t in told if t[0] == "articles"] == [("articles", n, 2) for n in range(3)]
    assert ("gold pairs", 0, 18) in told
    assert ("pairs", 0, 24) in told
