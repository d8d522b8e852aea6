"""What an evaluation says, in sentences for people who don't read curves. Measures nothing new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.evaluation.slices import SliceMetrics

if TYPE_CHECKING:
    from stance.evaluation.run import Evaluation

# Two points between mean probability and hit rate change no decision; a gap within the interval of the hit
# rate may be chance. Only a gap beyond both is spoken of.
FITTING = 0.02
_NAMED = 3


def findings(result: Evaluation) -> list[str]:
    """Return plain sentences on floors, the field, calibration, order, slices and cut pairs."""
    said = (_floors(result), _field(result), _calibration(result), _swap(result), _slices(result))
    sentences = [sentence for sentence in said if sentence]
    cut = result.metrics.truncated
    if cut:
        sentences.append(f"{cut:,} pair{'s' if cut != 1 else ''} did not fit whole and were read cut.")
    return sentences


def surely_worse(result: Evaluation) -> list[SliceMetrics]:
    """Return the slices whose whole interval lies below the interval of the set, worst first."""
    whole = result.intervals["f1_macro"]
    return [row for row in result.slices.slices if row.f1_macro.high < whole.low]


def mean_confidence(result: Evaluation) -> float:
    """Return the mean probability of the top label."""
    bars = result.metrics.reliability
    return sum(bar.n * bar.confidence for bar in bars) / sum(bar.n for bar in bars)


def _floors(result: Evaluation) -> str:
    if not result.floors:
        return "No floors stand beside it: too few pairs, or all of one event."
    name, best = max(result.floors.items(), key=lambda item: (item[1].f1_macro, item[0]))
    gain = best.gain
    margin = f"{gain.difference:+.3f}, 95 % [{gain.low:+.3f}, {gain.high:+.3f}]"
    if gain.low > 0:
        return f"It beats the best floor, {name} (macro-F1 {best.f1_macro:.3f}), by {margin}."
    return f"It does not surely beat the best floor, {name} (macro-F1 {best.f1_macro:.3f}): {margin}."


def _field(result: Evaluation) -> str:
    for row in result.field_precision:
        if row.precision is not None and row.rate == 0.07:  # noqa: PLR2004  # ClaimDiff's rate
            right = 100 * row.precision.estimate
            return f"Where 7 % of pairs conflict, of 100 that it flags some {right:.0f} are right."
    return ""


def _calibration(result: Evaluation) -> str:
    sure = mean_confidence(result)
    right = sum(bar.n * bar.accuracy for bar in result.metrics.reliability) / result.metrics.n
    stated = f"it gives its top label {100 * sure:.0f} % on average and is right in {100 * right:.0f} %"
    chance = result.intervals["accuracy"]
    if abs(sure - right) <= FITTING or chance.low <= sure <= chance.high:
        return f"Its probabilities fit on the whole: {stated} (ECE {result.metrics.ece:.3f})."
    return f"It is {'too' if sure > right else 'not'} sure{'' if sure > right else ' enough'}: {stated}."


def _swap(result: Evaluation) -> str:
    differ = 100 * (1 - result.swap_agreement)
    return f"Read the other way round, {differ:.1f} % of pairs get another label in a single reading."


def _slices(result: Evaluation) -> str:
    if not result.slices.slices:
        return ""
    worse = surely_worse(result)
    if not worse:
        return f"None of {len(result.slices.slices)} slices lies surely below the whole."
    names = ", ".join(row.name for row in worse[:_NAMED])
    more = f" and {len(worse) - _NAMED} more" if len(worse) > _NAMED else ""
    lie = "lies" if len(worse) == 1 else "lie"
    return f"{len(worse)} of {len(result.slices.slices)} slices {lie} surely below the whole: {names}{more}."
