"""Exchanges the states named in a pair for others, so that a model learns what was said, not who is who.

Counterfactual data augmentation (Lu et al. 2018, "Gender Bias in Neural Natural Language Processing") for the
names of states. People, bodies and places below a state are left alone.
"""

from __future__ import annotations

import random
from dataclasses import replace

from stance.attribution.gazetteer import State, find_states, states
from stance.records import Example


def rename_states(example: Example, draw: random.Random) -> Example:
    """Return ``example`` with each state that its texts name exchanged for another, the same in both texts.

    Names become names, adjectives adjectives (of the same number where the table tells), capitals capitals;
    seats of government ('the Kremlin') have no counterpart, so a pair that names one stays as it is. Two
    states never become one. The label stays: what contradicts of one state contradicts of any other.
    """
    texts = (example.premise, example.hypothesis)
    found = [find_states(text) for text in texts]
    named = {state.id: state for hits in found for state, _, _ in hits}
    if not named:
        return example
    wanted = {
        (state.id, state.form(text[start:end]))
        for text, hits in zip(texts, found, strict=True)
        for state, start, end in hits
    }
    if any(form == "seat" for _, form in wanted):
        return example
    free = [state for state in states() if state.id not in named]
    draw.shuffle(free)
    others: dict[str, State] = {}
    for id_ in sorted(named):
        needs = {form for owner, form in wanted if owner == id_}
        fit = next((s for s in free if all(_forms(s, form) for form in needs)), None)
        if fit is None:
            return example
        free.remove(fit)
        others[id_] = fit
    premise, hypothesis = (_exchange(text, hits, others) for text, hits in zip(texts, found, strict=True))
    return replace(example, premise=premise, hypothesis=hypothesis)


def _forms(state: State, form: str) -> tuple[str, ...]:
    return {"name": state.names, "demonym": state.adjectives, "capital": state.capitals}[form]


def _exchange(text: str, hits: list[tuple[State, int, int]], others: dict[str, State]) -> str:
    parts: list[str] = []
    last = 0
    for state, start, end in hits:
        words = text[start:end]
        form = state.form(words)
        choices = _forms(others[state.id], form)
        plural = words.endswith("s") and form == "demonym"
        # The table gives the adjective first and the plural of the people after it.
        new = next((c for c in choices if plural and c.endswith("s")), choices[0])
        parts += [text[last:start], new]
        last = end
    return "".join([*parts, text[last:]])
