"""Statements go in, pairs of opposing parties worth reading come out; and which are copies, and events."""

from stance.pairing.candidates import (
    MIN_CLOSENESS,
    TOP_K,
    Candidates,
    PairingSettings,
    find_candidates,
    pair_statements,
)
from stance.pairing.copies import find_copies
from stance.pairing.events import find_events

__all__ = [
    "MIN_CLOSENESS",
    "TOP_K",
    "Candidates",
    "PairingSettings",
    "find_candidates",
    "find_copies",
    "find_events",
    "pair_statements",
]
