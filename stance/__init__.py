"""stance: what opposing parties say about the same events, and where they contradict each other."""

from typing import TYPE_CHECKING, Any

from stance.errors import DataError, ModelError, OptionalDependencyError, StanceError
from stance.records import (
    Article,
    Example,
    Judgement,
    Kind,
    Label,
    Pair,
    Party,
    Probabilities,
    ScoreReport,
    Statement,
)

if TYPE_CHECKING:
    from stance.api import Model, load, predict, score

__all__ = [
    "Article",
    "DataError",
    "Example",
    "Judgement",
    "Kind",
    "Label",
    "Model",
    "ModelError",
    "OptionalDependencyError",
    "Pair",
    "Party",
    "Probabilities",
    "ScoreReport",
    "StanceError",
    "Statement",
    "load",
    "predict",
    "score",
]

_CALLS = frozenset({"Model", "load", "predict", "score"})


def __getattr__(name: str) -> Any:
    # numpy comes with the calls; leaving them for first use keeps `import stance` quick.
    if name in _CALLS:
        from stance import api

        return getattr(api, name)
    raise AttributeError(f"module 'stance' has no attribute '{name}'")


def __dir__() -> list[str]:
    # Completion in a notebook shows the calls before their first use too.
    return sorted({*globals(), *_CALLS})
