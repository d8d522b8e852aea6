"""Writes the model card: what a model was trained on and how well it does. Measures nothing itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from stance.evaluation import data_sha256
from stance.evaluation.run import Evaluation, evaluation_lines
from stance.records import LABELS, Example
from stance.training.settings import TrainSettings

_DEFINITIONS = {
    "contradict": "read by a careful reader who assumes the same event and time unless said otherwise, "
    "both cannot be true at once",
    "support": "one makes the other true or plainly corroborates it (either direction)",
    "unrelated": "neither; also the same topic with compatible content",
}


def model_card(
    after: Evaluation,
    *,
    base: str,
    settings: TrainSettings,
    train: Sequence[Example],
    before: Evaluation | None = None,
) -> str:
    """Return the card as Markdown with the front matter that model hubs read."""
    counts = Counter(e.gold for e in train)
    rows = ", ".join(f"{label.value} {counts[label]}" for label in LABELS)
    chosen = {k: v for k, v in settings.to_dict().items() if k != "mixture" and v is not None}
    parts = [
        f"- `{'/'.join(Path(s.path).parts[-2:])}`, take {s.take or 'all'}, repeat {s.repeat}"
        + (f", at most {s.max_words} words" if s.max_words else "")
        for s in settings.mixture
    ]
    gain = ""
    if before is not None:
        gain = (
            f"The base reached macro-F1 {before.metrics.f1_macro:.3f} on the same dev pairs, "
            f"this model {after.metrics.f1_macro:.3f}.\n"
        )
    return "\n".join(
        [
            "---",
            "pipeline_tag: text-classification",
            "library_name: transformers",
            "tags: [stance, nli, contradiction-detection]",
            "---",
            "",
            f"# A stance model from {base}",
            "",
            "Reads two statements of opposing parties and gives three labels:",
            "",
            *(f"- **{name}**: {meaning}." for name, meaning in _DEFINITIONS.items()),
            "",
            "## Training data",
            "",
            f"{len(train)} pairs ({rows}), sha256 `{data_sha256(train)}`.",
            *parts,
            "",
            "## Settings",
            "",
            "```toml",
            *(f"{key} = {_toml(value)}" for key, value in chosen.items()),
            "```",
            "",
            "## On dev",
            "",
            gain,
            "```",
            *evaluation_lines(after),
            "```",
            "",
            "## Use",
            "",
            '`stance predict --model FOLDER "A" "B"`; it also loads with '
            "`AutoModelForSequenceClassification.from_pretrained` and sentence-transformers' `CrossEncoder`.",
            "",
        ]
    )


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
