"""From numbers to places in an SVG drawing: frames, lines and ticks. Writes no SVG; the template does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """A plot's drawing area in SVG units and the data range it shows; y grows upwards in the data."""

    left: float
    top: float
    width: float
    height: float
    x_low: float = 0.0
    x_high: float = 1.0
    y_low: float = 0.0
    y_high: float = 1.0

    def x(self, value: float) -> float:
        """Return where ``value`` lies across, held within the frame."""
        share = (value - self.x_low) / (self.x_high - self.x_low)
        return round(self.left + self.width * min(1.0, max(0.0, share)), 2)

    def y(self, value: float) -> float:
        """Return where ``value`` lies from the top, held within the frame."""
        share = (value - self.y_low) / (self.y_high - self.y_low)
        return round(self.top + self.height * (1.0 - min(1.0, max(0.0, share))), 2)

    def line(self, points: Iterable[Point]) -> str:
        """Return the ``points`` attribute of a polyline."""
        return " ".join(f"{self.x(x):g},{self.y(y):g}" for x, y in points)

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.height

    def x_ticks(self) -> list[tuple[float, str]]:
        """Return place and label of the ticks across."""
        return [(self.x(value), _label(value)) for value in ticks(self.x_low, self.x_high)]

    def y_ticks(self) -> list[tuple[float, str]]:
        """Return place and label of the ticks from the bottom up."""
        return [(self.y(value), _label(value)) for value in ticks(self.y_low, self.y_high)]


def ticks(low: float, high: float) -> list[float]:
    """Return some five round numbers within [low, high], rising."""
    span = high - low
    power = 10.0 ** math.floor(math.log10(span))
    step = min((power * m for m in (0.1, 0.2, 0.25, 0.5, 1.0, 2.0)), key=lambda s: abs(span / s - 5))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def square() -> Frame:
    """Return the frame of a plot of two shares, each from 0 to 1 (view box 340 x 300)."""
    return Frame(left=48, top=10, width=280, height=244)


def risk_frame(errors: Sequence[float]) -> Frame:
    """Return the frame of a risk-coverage plot: the error axis ends just above the largest error."""
    top = max([*errors, 0.01])
    steps = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
    return Frame(left=48, top=10, width=280, height=244, y_high=next(s for s in steps if s >= top - 1e-9))


def interval_frame(lows: Iterable[float], *, width: float = 260, high: float = 1.0) -> Frame:
    """Return the frame of a dot-and-interval cell; it starts at the tenth below the lowest interval."""
    low = math.floor(10 * min([*lows, 0.9]) + 1e-9) / 10
    return Frame(left=8, top=0, width=width - 16, height=32, x_low=min(low, high - 0.1), x_high=high)


def difference_frame(ends: Iterable[float], *, width: float = 260) -> Frame:
    """Return the frame of differences around 0, as far to the one side as to the other."""
    reach = max([*(abs(end) for end in ends), 0.01])
    power = 10.0 ** math.floor(math.log10(reach))
    edge = next(power * m for m in (1.0, 2.0, 2.5, 5.0, 10.0) if power * m >= reach - 1e-12)
    return Frame(left=14, top=0, width=width - 28, height=32, x_low=-edge, x_high=edge)


def _label(value: float) -> str:
    return "0" if value == 0 else f"{value:.10g}"
