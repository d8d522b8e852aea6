"""Groups encoded pairs into batches of near-equal length under a token budget. Runs no model."""

from __future__ import annotations

from collections.abc import Sequence


def token_batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Return indices grouped so that (longest in batch) x (batch size) stays within ``budget`` tokens.

    ``lengths`` are token counts. Longest first, so that a memory shortage shows at once; a row longer
    than the budget gets a batch of its own. Ties keep input order, so the result is deterministic.
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    batches: list[list[int]] = []
    current: list[int] = []
    for i in order:
        # In falling order the first row of a batch is its longest.
        if current and lengths[current[0]] * (len(current) + 1) > budget:
            batches.append(current)
            current = []
        current.append(i)
    if current:
        batches.append(current)
    return batches
