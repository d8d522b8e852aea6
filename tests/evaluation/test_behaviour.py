from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from stance.classifier.model import Scores
from stance.errors import DataError
from stance.evaluation.behaviour import (
    MIN_MOVE,
    BehaviourReport,
    behaviour_lines,
    cases_sha256,
    load_behaviour,
    run_behaviour,
    wilson,
)
from stance.evaluation.behaviour_cases import BehaviourCase, CaseKind, Move, Wording, default_folder
from stance.records import LABELS, Label

C, S, U = LABELS
MFT, INV, DIR = CaseKind
CAPABILITIES = [
    "active_passive",
    "actor_swap",
    "antonym",
    "attribution_layers",
    "casualty_bounds",
    "cumulative_daily",
    "date",
    "denial_verbs",
    "double_negation",
    "negation",
    "number_bound",
    "number_exact",
    "part_whole",
    "party_swap",
    "place",
    "plan_deed",
]
CASES = load_behaviour()


class Fake:
    """Answers each pair by a function: a label (held at 0.9) or three probabilities."""

    symmetric = True

    def __init__(self, answer: Callable[[str, str], object], *, truncated: int = 0) -> None:
        self.answer, self.truncated, self.calls = answer, truncated, 0

    def probabilities(self, pairs, *, progress=None):
        self.calls += 1
        if progress:
            progress(len(pairs))
        return Scores(np.array([row(self.answer(a, b)) for a, b in pairs]), self.truncated)


def row(answer: object) -> Sequence[float]:
    return [0.9 if label is answer else 0.05 for label in LABELS] if isinstance(answer, Label) else answer


def wordings(cases: Sequence[BehaviourCase]) -> list[Wording]:
    return [w for case in cases for w in (case.given, case.changed) if w is not None]


def gold(cases: Sequence[BehaviourCase]) -> dict[frozenset[str], set[Label]]:
    """What a perfect classifier answers on the bare texts, denials taken off again."""
    turned = {C: S, S: C, U: U}
    answers: dict[frozenset[str], set[Label]] = {}
    for w in wordings(cases):
        label = turned[w.label] if sum(w.denies) == 1 else w.label
        answers.setdefault(frozenset((w.a, w.b)), set()).add(label)
    return answers


def oracle(cases: Sequence[BehaviourCase]) -> Callable[[str, str], Label]:
    answers = gold(cases)
    return lambda a, b: next(iter(answers[frozenset((a, b))]))


def failed(report: BehaviourReport) -> dict[str, int]:
    return {r.total.name: r.total.failures for r in report.capabilities if r.total.failures}


def case(kind: CaseKind, given: Wording, changed: Wording | None = None, **fields: object) -> BehaviourCase:
    return BehaviourCase("cap/temp/1", "cap", "cap/temp", kind, given, changed, **fields)


# --- the suite in the repository ---------------------------------------------------------------------------


def test_the_suite_has_every_capability_and_enough_cases_of_each() -> None:
    counts = Counter(c.capability for c in CASES)
    assert sorted(counts) == CAPABILITIES
    assert min(counts.values()) >= 30
    assert {c.kind for c in CASES if c.capability != "party_swap"} == {MFT, INV, DIR}
    assert {c.kind for c in CASES if c.capability == "party_swap"} == {INV}
    assert {c.given.label for c in CASES} == set(LABELS)
    assert len({c.id for c in CASES}) == len(CASES)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_text_is_whole(seed: int) -> None:
    cases = load_behaviour(seed=seed)
    for w in wordings(cases):
        assert w.a.lower().strip(".") != w.b.lower().strip(".") or any(w.denies)
        for text in (w.a, w.b):
            assert not re.search(r"[{}]|  |\.\.| [.,]|\bnull\b", text), text
            ends = text.rstrip("”").endswith(".")
            assert text.lstrip("“")[0].isupper() == ends or text.lstrip("“")[0].isdigit(), text
    made = [(c.template, c.given, c.changed) for c in cases]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("seed", [0, 1])
def test_no_pair_of_texts_has_two_labels(seed: int) -> None:
    assert [texts for texts, labels in gold(load_behaviour(seed=seed)).items() if len(labels) > 1] == []


def test_real_parties_are_named_in_party_swap_only() -> None:
    names = re.compile(r"Russia|Ukrain|Israel|Hamas|Iran|China|Taiwan|Pakistan|Armenia|Democrat|Labour\b")
    found = {c.capability for c in CASES for w in wordings([c]) if names.search(w.a) or names.search(w.b)}
    assert found == {"party_swap"}


def test_expansion_depends_on_files_and_seed_only() -> None:
    assert load_behaviour() == CASES == load_behaviour(default_folder(), seed=0)
    other = load_behaviour(seed=1)
    assert [c.id for c in other] == [c.id for c in CASES]
    assert cases_sha256(other) != cases_sha256(CASES) == cases_sha256(load_behaviour())


# --- what the suite catches --------------------------------------------------------------------------------


def test_a_perfect_scorer_fails_nothing_and_is_asked_once() -> None:
    scorer = Fake(oracle(CASES))
    seen: list[int] = []
    report = run_behaviour(CASES, scorer, progress=seen.append)
    assert failed(report) == {}
    assert (report.total.n, report.total.failures, report.total.rate.low) == (len(CASES), 0, 0.0)
    assert scorer.calls == 1
    assert seen == [2 * len(wordings(CASES))]


def test_a_constant_scorer_fails_what_it_must() -> None:
    report = run_behaviour(CASES, Fake(lambda *_: U))
    kinds = {tally.name: tally for tally in report.kinds}
    wrong = sum(c.kind is MFT and c.given.label is not U for c in CASES)
    assert (kinds["mft"].failures, kinds["inv"].failures) == (wrong, 0)
    assert kinds["dir"].failures == kinds["dir"].n
    conflicts = [c for c in CASES if c.kind is MFT and c.given.label is C]
    assert run_behaviour(conflicts, Fake(lambda *_: U)).total.failures == len(conflicts) > 100
    assert "party_swap" not in failed(report)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_name_biased_scorer_is_caught_by_party_swap_only(seed: int) -> None:
    cases = load_behaviour(seed=seed)
    right = oracle(cases)

    def biased(a: str, b: str) -> Label:
        return C if re.search("Russia|Israel|Armenia", a + b) else right(a, b)

    caught = failed(run_behaviour(cases, Fake(biased)))
    assert list(caught) == ["party_swap"]
    assert caught["party_swap"] >= 3


def test_a_scorer_deaf_to_numbers_is_caught_by_the_numbers() -> None:
    right = oracle(CASES)

    def deaf(a: str, b: str) -> Label:
        return S if re.sub(r"[\d,]+", "#", a) == re.sub(r"[\d,]+", "#", b) else right(a, b)

    caught = failed(run_behaviour(CASES, Fake(deaf)))
    assert (
        {"number_exact", "cumulative_daily"} <= caught.keys() <= {"number_exact", "cumulative_daily", "date"}
    )


def test_denials_go_through_judging() -> None:
    flagged = [c for c in CASES if any(any(w.denies) for w in wordings([c]))]
    assert {c.capability for c in flagged} == {"denial_verbs"}
    assert {sum(w.denies) for w in wordings(flagged)} == {0, 1, 2}
    # A scorer that reads the label off without the denial is right only where no single side denies.
    blind = {(w.a, w.b): w.label for c in flagged if c.kind is MFT for w in wordings([c])}
    asked = [c for c in flagged if c.kind is MFT]
    report = run_behaviour(asked, Fake(lambda a, b: blind.get((a, b)) or blind[b, a]))
    wrong = sum(sum(c.given.denies) == 1 and c.given.label is not U for c in asked)
    assert report.total.failures == wrong > 0


# --- how a case passes -------------------------------------------------------------------------------------


def moved(start: float, end: float, move: Move) -> BehaviourReport:
    """Run a DIR case whose probability of the move's label goes from ``start`` to ``end``."""
    before, after = (S, C) if move.up else (C, S)
    sample = case(DIR, Wording("p.", "q.", before), Wording("p.", "r.", after), expect=move)
    column = LABELS.index(move.label)

    def answer(a: str, b: str) -> list[float]:
        p = end if "r." in (a, b) else start
        return [p if i == column else (1 - p) / 2 for i in range(3)]

    return run_behaviour([sample], Fake(answer))


@pytest.mark.parametrize(
    ("start", "end", "up", "fails"),
    [
        (0.2, 0.2 + MIN_MOVE + 0.01, True, 0),
        (0.2, 0.2 + MIN_MOVE - 0.01, True, 1),
        (0.6, 0.2, True, 1),
        (0.6, 0.6 - MIN_MOVE - 0.01, False, 0),
        (0.6, 0.6 - MIN_MOVE + 0.01, False, 1),
        (0.2, 0.6, False, 1),
    ],
)
def test_a_direction_needs_a_move_of_some_size(start: float, end: float, *, up: bool, fails: int) -> None:
    report = moved(start, end, Move(C, up))
    assert report.total.failures == fails
    if fails:
        worst = report.capabilities[0].worst[0]
        assert (worst.expected, worst.got) == (
            f"contradict {'up' if up else 'down'}",
            f"contradict {start:.2f}, then {end:.2f}",
        )
        assert worst.confidence == pytest.approx(1 - end if up else end)


def test_invariance_asks_for_the_same_verdict_right_or_wrong() -> None:
    sample = case(INV, Wording("p.", "q.", S), Wording("p.", "r.", S))
    assert run_behaviour([sample], Fake(lambda *_: C)).total.failures == 0
    # 0.7 contradict before, 0.55 support after: sent to a person, and only so sure of it.
    report = run_behaviour(
        [sample], Fake(lambda a, b: [0.2, 0.55, 0.25] if "r." in (a, b) else [0.7, 0.2, 0.1])
    )
    worst = report.capabilities[0].worst[0]
    assert (worst.expected, worst.got) == ("the same verdict", "contradict 0.70, then support 0.55")
    assert worst.confidence == pytest.approx(0.55)
    assert worst.needs_review


def test_worst_are_the_most_confident_failures_and_capabilities_come_worst_first() -> None:
    sure = {f"q{i}.": 0.5 + i / 20 for i in range(6)}
    cases = [
        replace(case(MFT, Wording("p.", f"q{i}.", C)), id=f"cap/temp/{i}", capability=f"cap{i % 2}")
        for i in range(6)
    ]
    cases.append(replace(case(MFT, Wording("p.", "fine.", U)), capability="cap0"))

    def answer(a: str, b: str) -> list[float]:
        p = sure.get(a, sure.get(b, 0.9))
        return [(1 - p) / 2, (1 - p) / 2, p]

    report = run_behaviour(cases, Fake(answer), worst=2)
    assert [(r.total.name, r.total.n, r.total.failures) for r in report.capabilities] == [
        ("cap1", 3, 3),
        ("cap0", 4, 3),
    ]
    assert [f.case_id for f in report.capabilities[0].worst] == ["cap/temp/5", "cap/temp/3"]
    assert report.capabilities[0].worst[0].got == "unrelated 0.75"
    assert [t.name for t in report.capabilities[0].templates] == ["cap/temp"]


# --- the report --------------------------------------------------------------------------------------------


def test_wilson_is_scipys_and_the_hand_worked_one() -> None:
    # 0 of 10: z^2 / (n + z^2) = 3.8415 / 13.8415
    assert (wilson(0, 10).low, wilson(0, 10).high) == (0.0, pytest.approx(0.27753, abs=1e-5))
    for failures, n in [(0, 1), (1, 1), (3, 40), (20, 40), (40, 40), (7, 682)]:
        ours, theirs = wilson(failures, n), binomtest(failures, n).proportion_ci(method="wilson")
        assert (ours.estimate, ours.low, ours.high) == pytest.approx((failures / n, theirs.low, theirs.high))


@pytest.mark.parametrize(("failures", "n"), [(-1, 3), (4, 3), (0, 0)])
def test_wilson_refuses_impossible_counts(failures: int, n: int) -> None:
    with pytest.raises(ValueError, match=rf"{failures} failures of {n} cases; needed 0 <= failures <= n"):
        wilson(failures, n)


def test_report_is_plain_json_and_signed_by_its_cases() -> None:
    report = run_behaviour(CASES, Fake(lambda *_: U, truncated=2))
    plain = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert plain["sha256"] == cases_sha256(CASES)
    assert len(plain["sha256"]) == 64
    assert plain["total"] == {
        "name": "all",
        "n": len(CASES),
        "failures": report.total.failures,
        "rate": report.total.rate.to_dict(),
    }
    assert {c["total"]["name"] for c in plain["capabilities"]} == set(CAPABILITIES)
    assert sum(c["total"]["failures"] for c in plain["capabilities"]) == report.total.failures
    assert plain["truncated"] == 2


@pytest.mark.parametrize("field", ["id", "kind", "label", "a", "denies", "expect"])
def test_the_hash_covers_every_field(field: str) -> None:
    given = Wording("p.", "q.", S)
    sample = case(DIR, given, Wording("p.", "r.", C), expect=Move(C, up=True))
    other = {
        "id": replace(sample, id="x"),
        "kind": replace(sample, kind=INV),
        "label": replace(sample, given=replace(given, label=U)),
        "a": replace(sample, given=replace(given, a="P.")),
        "denies": replace(sample, given=replace(given, denies=(True, False))),
        "expect": replace(sample, expect=Move(C, up=False)),
    }[field]
    assert cases_sha256([other]) != cases_sha256([sample])


def test_lines_tell_rates_and_failures() -> None:
    cases = [
        case(MFT, Wording("The dam broke.", "that the dam held", C, denies=(False, True))),
        case(INV, Wording("p.", "q.", S), Wording("p.", "r.", S)),
    ]
    lines = behaviour_lines(run_behaviour(cases, Fake(lambda a, b: S if "q." in (a, b) else C, truncated=1)))
    text = "\n".join(lines)
    assert re.search(r"^cap +2 +2 +100\.0 %  \[34\.2, 100\.0\]$", text, re.MULTILINE)
    assert "cap/temp/1: expected contradict, got support 0.90" in lines
    assert "  b: [denied] that the dam held" in lines
    assert "cap/temp/1: expected the same verdict, got support 0.90, then contradict 0.90" in lines
    assert "  then b: r." in lines
    assert "1 readings were longer than the model takes and were cut" in lines
    assert lines[-1] == f"cases sha256:{cases_sha256(cases)}"


def test_lines_without_failures_name_none() -> None:
    report = run_behaviour(CASES, Fake(oracle(CASES)))
    text = "\n".join(behaviour_lines(report))
    assert "most confident failures" not in text
    assert "longer than" not in text


def test_a_doubtful_failure_is_marked() -> None:
    report = run_behaviour([case(MFT, Wording("p.", "q.", C))], Fake(lambda *_: [0.3, 0.3, 0.4]))
    assert "cap/temp/1: expected contradict, got unrelated 0.40  (sent to a person)" in behaviour_lines(
        report
    )


def test_bad_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="no behaviour cases; needed at least one"):
        run_behaviour([], Fake(lambda *_: U))
    with pytest.raises(ValueError, match="not a finite number"):
        run_behaviour(CASES[:3], Fake(lambda *_: [np.nan, 0.5, 0.5]))


# --- templates ---------------------------------------------------------------------------------------------

HEAD = """\
about: a test
fillers:
  day: [Monday, Tuesday, Friday]
  act:
    - {who: the army, past: left}
    - {who: the mill, past: closed}
templates:
"""
GOOD = '  - {id: t, kind: mft, cases: 1, a: "{act.who} {act.past}.", b: "On {day}.", label: unrelated}\n'


def folder(place: Path, body: str, *, shared: str | None = None, name: str = "test") -> Path:
    (place / f"{name}.yaml").write_text(body, encoding="utf-8")
    if shared is not None:
        (place / "fillers.yaml").write_text(shared, encoding="utf-8")
    return place


def test_slots_are_filled_from_lists_and_never_twice_alike(tmp_path: Path) -> None:
    body = HEAD + (
        '  - {id: t, kind: mft, cases: 24, label: unrelated, a: "{act.who} {act.past} on {day}.",\n'
        '     b: "{act2.who} {act2.past} on {day2}, {no}, {word}"}\n'
    )
    cases = load_behaviour(folder(tmp_path, body, shared="fillers:\n  no: [no, '1,200']\n  word: [é]\n"))
    # 2 acts in order x 3 days in order x 2 x 1: asked for all, each comes once
    pairs = {(c.given.a, c.given.b) for c in cases}
    assert len(pairs) == 24
    assert ("The army left on Monday.", "the mill closed on Friday, 1,200, é") in pairs
    assert ("The mill closed on Friday.", "the army left on Tuesday, no, é") in pairs
    assert all(c.given.a.split()[1] not in c.given.b for c in cases)
    assert [c.id for c in cases[:2]] == ["test/t/1", "test/t/2"]


def test_the_first_slot_comes_evenly(tmp_path: Path) -> None:
    body = HEAD + '  - {id: t, kind: mft, cases: 3, a: "{day}.", b: "{act.who} {day2}.", label: unrelated}\n'
    assert [c.given.a for c in load_behaviour(folder(tmp_path, body), seed=5)] == [
        "Monday.",
        "Tuesday.",
        "Friday.",
    ]


def test_a_change_of_one_template_moves_no_other(tmp_path: Path) -> None:
    first = '  - {id: one, kind: mft, cases: 2, a: "{day}.", b: "{act.who}.", label: unrelated}\n'
    second = '  - {id: two, kind: mft, cases: 2, a: "{act.who}.", b: "{day}.", label: unrelated}\n'
    both = load_behaviour(folder(tmp_path, HEAD + first + second))
    alone = load_behaviour(folder(tmp_path, HEAD + second))
    assert both[2:] == alone


def test_changed_keeps_what_it_does_not_name(tmp_path: Path) -> None:
    body = HEAD + (
        '  - {id: swap, kind: inv, cases: 1, a: "{day}.", b: B, label: support, denies: [true, false],\n'
        "     changed: swap}\n"
        '  - {id: b, kind: inv, cases: 1, a: "{day}.", b: B, label: support, denies: [true, false],\n'
        '     changed: {b: "“{day}.”"}}\n'
        '  - {id: flag, kind: dir, cases: 1, a: "{day}.", b: B, label: support, expect: support down,\n'
        "     changed: {denies: [false, true], label: contradict}}\n"
    )
    swap, b, flag = load_behaviour(folder(tmp_path, body))
    assert swap.changed == Wording("B", swap.given.a, S, (False, True))
    assert b.changed == replace(b.given, b=f"“{b.given.a}”")
    assert flag.changed == Wording(flag.given.a, "B", C, (False, True))
    assert flag.expect == Move(S, up=False)


INV_ROW = '  - {id: t, kind: inv, cases: 1, a: "{day}.", b: B, label: support, changed: '
DIR_ROW = '  - {id: t, kind: dir, cases: 1, a: "{day}.", b: B, label: support, '


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("a: [", 1, "not YAML (expected the node content"),
        ("", 1, "an empty file; needed a mapping"),
        ("- a", 1, "a capability is not a mapping; needed 'key: value' lines"),
        ("about: x\nabout: y\ntemplates: [a]", 2, "the key 'about' stands twice in a capability"),
        ("about: x", 1, "a capability without 'templates'; needed: about, templates"),
        ("about:\ntemplates: [a]", 1, "an empty value, a list or a mapping; needed a text"),
        ("about: x\ntemplates: []", 2, "templates is not a list with entries; needed one"),
        ("about: x\ntemplates: [a]", 2, "a template is not a mapping"),
        (HEAD + GOOD.replace("label", "lable"), 8, "unknown key 'lable' in a template; known here: id, kind"),
        (HEAD + GOOD.replace("id: t, ", ""), 8, "a template without 'id'; needed: id, kind, a, b, label"),
        (HEAD + GOOD + GOOD, 9, "the id 't' is used twice; ids of a file must differ"),
        (HEAD + GOOD.replace("unrelated", "neutral"), 8, "unknown label 'neutral'; known: contradict, supp"),
        (HEAD + GOOD.replace("mft", "unit"), 8, "unknown kind 'unit'; known: mft, inv, dir"),
        (
            HEAD + GOOD.replace("cases: 1", "cases: some"),
            8,
            "cases is 'some'; needed a whole number of at le",
        ),
        (HEAD + GOOD.replace("cases: 1", "cases: 0"), 8, "cases is '0'; needed a whole number of at least 1"),
        (
            HEAD + GOOD.replace("{day}", "{week}"),
            8,
            "template 't': unknown slot {week}; filler lists: act, day",
        ),
        (
            HEAD + GOOD.replace("{day}", "{Day}"),
            8,
            "template 't': unknown slot {Day}; filler lists: act, day",
        ),
        (HEAD + GOOD.replace("{day}", "{day.x}"), 8, "unknown slot {day.x}; the list 'day' gives: day"),
        (
            HEAD + GOOD.replace("act.who", "act"),
            8,
            "unknown slot {act}; the list 'act' gives: act.who, act.past",
        ),
        (
            HEAD + GOOD.replace("act.who", "act.how"),
            8,
            "unknown slot {act.how}; the list 'act' gives: act.who",
        ),
        (HEAD + GOOD.replace("{day}", "{day"), 8, "template 't': a brace without its pair in 'On {day.'"),
        (HEAD + GOOD.replace("{day}", "day}"), 8, "template 't': a brace without its pair in 'On day}.'"),
        (
            HEAD + GOOD.replace("cases: 1", "cases: 7"),
            8,
            "7 cases asked for, the fillers give 6; needed more",
        ),
        (
            HEAD + GOOD.replace("On {day}", "{day} {day2} {day3} {day4}"),
            8,
            "1 cases asked for, the fillers give 0",
        ),
        (HEAD + GOOD.replace("{id", "{changed: swap, id"), 8, "kind mft has no use for the key 'changed'"),
        (
            HEAD + GOOD.replace("{id", "{expect: support up, id"),
            8,
            "kind mft has no use for the key 'expect'",
        ),
        (HEAD + GOOD.replace("mft", "inv"), 8, "a template of kind inv needs the key 'changed'"),
        (HEAD + DIR_ROW + "changed: swap}", 8, "a template of kind dir needs the key 'expect'"),
        (
            HEAD + GOOD.replace("{id", "{denies: [true], id"),
            8,
            "denies has 1 values; needed two, for a and b",
        ),
        (HEAD + GOOD.replace("{id", "{denies: [1, 0], id"), 8, "unknown denies '1'; known: true, false"),
        (HEAD + INV_ROW + "{b: B}}", 8, "changed says the same as a, b and denies; needed a difference"),
        (HEAD + INV_ROW + "turn}", 8, "unknown changed 'turn'; known: swap"),
        (HEAD + INV_ROW + "{label: support}}", 8, "unknown key 'label' in changed; known here: a, b, denies"),
        (
            HEAD + DIR_ROW + "changed: {b: C}, expect: support up}",
            8,
            "changed without 'label'; needed: label",
        ),
        (
            HEAD + DIR_ROW + "changed: {b: C, label: unrelated}, expect: more}",
            8,
            "unknown expect 'more'; known: contradict up, contradict down, support up",
        ),
        (
            HEAD + DIR_ROW + "changed: {b: C, label: unrelated}, expect: contradict up}",
            8,
            "expect 'contradict up' does not follow from the labels support -> unrelated",
        ),
        (
            HEAD.replace("day", "Day2") + GOOD,
            3,
            "a filler list called 'Day2'; needed a name of a-z, parts joined by _",
        ),
        (
            HEAD.replace("past: closed", "was: shut") + GOOD,
            6,
            "an entry of 'act' unlike the first; needed who, past",
        ),
        (
            HEAD.replace("Tuesday", "{x: y}") + GOOD,
            3,
            "an entry of 'day' unlike the first; needed bare texts",
        ),
        (HEAD.replace("Tuesday", "Monday") + GOOD, 3, "an entry of 'day' stands twice: 'Monday'"),
    ],
)
def test_a_malformed_file_is_refused_by_line(tmp_path: Path, body: str, line: int, message: str) -> None:
    with pytest.raises(DataError) as caught:
        load_behaviour(folder(tmp_path, body))
    assert str(caught.value).startswith(f"{tmp_path / 'test.yaml'}:{line}: ")
    assert message in str(caught.value)


def test_the_shared_file_is_checked_too(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"fillers\.yaml:1: unknown key 'day' in the shared file"):
        load_behaviour(folder(tmp_path, HEAD + GOOD, shared="day: [a]"))
    with pytest.raises(DataError, match=r"test\.yaml:3: the filler list 'day' stands in fillers\.yaml too"):
        load_behaviour(folder(tmp_path, HEAD + GOOD, shared="fillers:\n  day: [a]"))


def test_folders_without_templates_and_unreadable_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent: no behaviour templates \(\*\.yaml\); needed a folder like"):
        load_behaviour(tmp_path / "absent")
    (tmp_path / "fillers.yaml").write_text("fillers: {a: [b]}", encoding="utf-8")
    with pytest.raises(DataError, match="no behaviour templates"):
        load_behaviour(tmp_path)
    (tmp_path / "x.yaml").write_bytes(b"about: \xff")
    with pytest.raises(DataError, match=r"x\.yaml: cannot read the file"):
        load_behaviour(tmp_path)
