"""Statements go in; the pairs of opposing parties worth reading come out, and which statements are copies."""

from stance.pairing.candidates import (
    MIN_CLOSENESS,
    TOP_K,
    Candidates,
    PairingSettings,
    find_candidates,
    pair_statements,
)
from stance.pairing.copies import find_copies

__all__ = [
    "MIN_CLOSENESS",
    "TOP_K",
    "Candidates",
    "PairingSettings",
    "find_candidates",
    "find_copies",
    "pair_statements",
]
