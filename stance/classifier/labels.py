"""Finds the columns of our labels in a model's config, by name only. Never by position."""

from __future__ import annotations

from collections.abc import Mapping

from stance.errors import ModelError
from stance.records import LABELS, Label, label_of


def label_columns(id2label: Mapping[int, str], model: str) -> list[int]:
    """Return, for each of our labels in order, the column of the model's logits that holds it.

    Names are those that label sets use in the wild (contradiction, ENTAILMENT, refutes, ...); see
    :func:`stance.records.label_of`.

    Raises:
        ModelError: a name is unknown (``LABEL_0``), two columns mean the same label, or one is absent.
    """
    found: dict[Label, int] = {}
    for column, name in sorted((int(k), str(v)) for k, v in id2label.items()):
        label = label_of(name)
        if label is None:
            raise ModelError(
                f"{model}: label name '{name}' is unknown: its config.json must name the columns in id2label "
                "(contradict, support, unrelated or their NLI names); stance never guesses by position"
            )
        if label in found:
            raise ModelError(f"{model}: two columns mean '{label}': id2label must name each label once")
        found[label] = column
    missing = [label.value for label in LABELS if label not in found]
    if missing:
        raise ModelError(f"{model}: no column for {', '.join(missing)}: a three-label model is needed")
    return [found[label] for label in LABELS]
