"""Runs the behaviour suite through judging and reports the failure rate of each capability.

The cases come from ``behaviour_cases.py``. Loads no model: anything that judging can ask will do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from stance.evaluation.arrays import check_probabilities
from stance.evaluation.behaviour_cases import BehaviourCase, CaseKind, Wording, default_folder, load_behaviour
from stance.evaluation.intervals import LEVEL, Interval
from stance.evaluation.plain import plain_dict, to_plain
from stance.judging import PairScorer, judge
from stance.records import Judgement, Pair, Statement

__all__ = [
    "BehaviourCase",
    "BehaviourFailure",
    "BehaviourReport",
    "CapabilityResult",
    "CaseKind",
    "Tally",
    "behaviour_lines",
    "cases_sha256",
    "default_folder",
    "load_behaviour",
    "run_behaviour",
    "wilson",
]

# The tolerance of CheckList's directional tests: a saturated softmax moves by less than this for no reason.
MIN_MOVE = 0.10
WORST = 3


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of ``n`` cases failed; ``rate`` with its 95 % Wilson interval.

    The interval takes cases as independent. Cases of one template stand and fall together more often than
    that, so for other wordings than these it is too narrow.
    """

    name: str
    n: int
    failures: int
    rate: Interval


@dataclass(frozen=True, slots=True)
class BehaviourFailure:
    """A failed case. ``confidence``, 0 to 1: how surely the model holds what it should not.

    That is the probability of the wrong verdict (MFT), the smaller one of the two unlike verdicts (INV), or
    the changed pair's probability of everything but the expected direction (DIR). ``needs_review``: a person
    would have been asked to look at the pair, of INV and DIR at one of the two.
    """

    case_id: str
    kind: CaseKind
    expected: str
    got: str
    confidence: float
    needs_review: bool
    given: Wording
    changed: Wording | None


@dataclass(frozen=True, slots=True)
class CapabilityResult:
    """One capability: its tally, its templates' tallies and its most confident failures."""

    total: Tally
    templates: tuple[Tally, ...]
    worst: tuple[BehaviourFailure, ...]


@dataclass(frozen=True, slots=True)
class BehaviourReport:
    """What the suite found: the whole, by kind of test, and the capabilities, worst first.

    ``sha256`` is that of the expanded cases (:func:`cases_sha256`), ``truncated`` counts the readings that
    were cut to fit the model.
    """

    total: Tally
    kinds: tuple[Tally, ...]
    capabilities: tuple[CapabilityResult, ...]
    truncated: int
    sha256: str

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON values."""
        return plain_dict(self)


def run_behaviour(
    cases: Sequence[BehaviourCase],
    scorer: PairScorer,
    *,
    worst: int = WORST,
    progress: Callable[[int], None] | None = None,
) -> BehaviourReport:
    """Judge all wordings of ``cases`` in one call of :func:`stance.judging.judge` and count the failures.

    An MFT case fails on any label but its own; an INV case when the verdicts of its two wordings differ,
    right or wrong; a DIR case when the probability moves by less than ``MIN_MOVE`` the expected way.
    ``worst`` failures a capability are kept.

    Raises:
        ValueError: no cases, or probabilities that are none (NaN).
    """
    if not cases:
        raise ValueError("no behaviour cases; needed at least one")
    wordings = [w for case in cases for w in (case.given, case.changed) if w is not None]
    judgements, truncated = judge([_pair(w) for w in wordings], scorer, progress=progress)
    check_probabilities([list(j.probabilities.as_dict().values()) for j in judgements])
    answers = iter(judgements)
    outcomes = [(c, _failure(c, next(answers), next(answers) if c.changed else None)) for c in cases]
    capabilities = [
        CapabilityResult(
            tally,
            templates=_tallies(rows, lambda case: case.template),
            worst=tuple(sorted((f for _, f in rows if f), key=lambda f: (-f.confidence, f.case_id))[:worst]),
        )
        for tally in _tallies(outcomes, lambda case: case.capability)
        for rows in [[row for row in outcomes if row[0].capability == tally.name]]
    ]
    return BehaviourReport(
        total=_tallies(outcomes, lambda _: "all")[0],
        kinds=_tallies(outcomes, lambda case: case.kind.value),
        capabilities=tuple(capabilities),
        truncated=truncated,
        sha256=cases_sha256(cases),
    )


def _pair(wording: Wording) -> Pair:
    a, b = (
        Statement(id=name, text=text, start=0, end=len(text), article_id="", denies=denies)
        for name, text, denies in zip("ab", (wording.a, wording.b), wording.denies, strict=True)
    )
    return Pair(a, b)


def _failure(case: BehaviourCase, given: Judgement, changed: Judgement | None) -> BehaviourFailure | None:
    def failed(expected: str, got: str, confidence: float) -> BehaviourFailure:
        review = given.needs_review or (changed is not None and changed.needs_review)
        return BehaviourFailure(
            case.id, case.kind, expected, got, float(confidence), review, case.given, case.changed
        )

    before = given.probabilities.of(given.label)
    if changed is None:
        if given.label is case.given.label:
            return None
        return failed(case.given.label.value, f"{given.label} {before:.2f}", before)
    if case.expect is None:
        if given.label is changed.label:
            return None
        after = changed.probabilities.of(changed.label)
        got = f"{given.label} {before:.2f}, then {changed.label} {after:.2f}"
        return failed("the same verdict", got, min(before, after))
    label = case.expect.label
    start, end = given.probabilities.of(label), changed.probabilities.of(label)
    if (end - start if case.expect.up else start - end) >= MIN_MOVE:
        return None
    return failed(
        str(case.expect), f"{label} {start:.2f}, then {end:.2f}", 1 - end if case.expect.up else end
    )


def _tallies(
    outcomes: Iterable[tuple[BehaviourCase, BehaviourFailure | None]], name_of: Callable[[BehaviourCase], str]
) -> tuple[Tally, ...]:
    """Count by name, the highest failure rate first, then by name."""
    counts: dict[str, list[int]] = {}
    for case, failure in outcomes:
        row = counts.setdefault(name_of(case), [0, 0])
        row[0] += 1
        row[1] += failure is not None
    found = [Tally(name, n, failures, wilson(failures, n)) for name, (n, failures) in counts.items()]
    return tuple(sorted(found, key=lambda tally: (-tally.rate.estimate, tally.name)))


def wilson(failures: int, n: int) -> Interval:
    """Return ``failures / n`` with its 95 % score interval (Wilson 1927), which holds at 0 and at n too.

    Raises:
        ValueError: unless 0 <= failures <= n and n >= 1.
    """
    if not 0 <= failures <= n or n < 1:
        raise ValueError(f"{failures} failures of {n} cases; needed 0 <= failures <= n and n >= 1")
    z2 = NormalDist().inv_cdf((1 + LEVEL) / 2) ** 2
    rate = failures / n
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = (z2 * (rate * (1 - rate) / n + z2 / (4 * n * n))) ** 0.5 / (1 + z2 / n)
    low = 0.0 if failures == 0 else middle - half
    return Interval(rate, low, 1.0 if failures == n else middle + half)


def cases_sha256(cases: Sequence[BehaviourCase]) -> str:
    """Return the sha256 of expanded cases: one ASCII JSON line each with all their fields, in order."""
    digest = hashlib.sha256()
    for case in cases:
        line = json.dumps(to_plain(case), ensure_ascii=True, separators=(",", ":"))
        digest.update(line.encode("ascii") + b"\n")
    return digest.hexdigest()


def behaviour_lines(report: BehaviourReport) -> list[str]:
    """Return the report as lines of text for a terminal: capabilities, kinds, the worst failures."""
    tallies = [result.total for result in report.capabilities]
    width = max(len(tally.name) for tally in (*tallies, *report.kinds, report.total)) + 2
    lines = [f"{'':<{width}}{'cases':>6}{'failed':>8}{'rate':>9}  95 %"]
    lines += [_tally_line(tally, width) for tally in tallies]
    lines += ["", *(_tally_line(tally, width) for tally in (*report.kinds, report.total))]
    failures = [failure for result in report.capabilities for failure in result.worst]
    if failures:
        lines += ["", "most confident failures"]
    for failure in failures:
        flag = "  (sent to a person)" if failure.needs_review else ""
        lines.append(f"{failure.case_id}: expected {failure.expected}, got {failure.got}{flag}")
        lines += _texts("  ", failure.given)
        if failure.changed is not None:
            lines += _texts("  then ", failure.changed)
    if report.truncated:
        lines += ["", f"{report.truncated} readings were longer than the model takes and were cut"]
    return [*lines, "", f"cases sha256:{report.sha256}"]


def _tally_line(tally: Tally, width: int) -> str:
    rate = tally.rate
    numbers = f"{tally.n:>6}{tally.failures:>8}{100 * rate.estimate:>7.1f} %"
    return f"{tally.name:<{width}}{numbers}  [{100 * rate.low:.1f}, {100 * rate.high:.1f}]"


def _texts(head: str, wording: Wording) -> list[str]:
    rows = zip("ab", (wording.a, wording.b), wording.denies, strict=True)
    return [f"{head}{name}: {'[denied] ' if denies else ''}{text}" for name, text, denies in rows]
