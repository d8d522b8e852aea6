"""Makes new pairs out of labelled ones, for a teacher to label: each statement with its nearest others.

``python data/recombine.py data/pairs/train.jsonl --output NEW.jsonl``, then
``stance predict --input NEW.jsonl --output LABELLED.jsonl`` and a ``[[mixture]]`` of the student's settings.
Neighbours share subject and words: they are what retrieval hands to the model in the field. Pairs that
are labelled already are left out. Deterministic.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

# Of less likeness the pair is about nothing common; of more it is one statement twice.
LEAST, MOST = 0.12, 0.9


def neighbours(rows: list[dict[str, str]], nearest: int) -> list[tuple[str, str]]:
    """Return unlabelled pairs of statements, each with its ``nearest`` most alike, every pair once."""
    texts = list(dict.fromkeys(text for row in rows for text in (row["a"], row["b"])))
    known = {frozenset((row["a"], row["b"])) for row in rows}
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, stop_words="english").fit_transform(
        texts
    )
    found: dict[frozenset[str], tuple[str, str]] = {}
    for start in range(0, len(texts), 1000):
        likeness = (vectors[start : start + 1000] @ vectors.T).toarray()
        for row, values in enumerate(likeness, start=start):
            order = np.lexsort((np.arange(len(values)), -values))
            fit = [int(i) for i in order if LEAST <= values[i] <= MOST and i != row]
            new = [i for i in fit if frozenset((texts[row], texts[i])) not in known]
            for i in new[:nearest]:
                found.setdefault(frozenset((texts[row], texts[i])), (texts[row], texts[i]))
    return list(found.values())


def main() -> None:
    """Read the labelled pairs and write the new ones as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--nearest", type=int, default=2)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in arguments.labelled.read_text(encoding="utf-8").splitlines()]
    pairs = neighbours(rows, arguments.nearest)
    lines = [json.dumps({"a": a, "b": b}, ensure_ascii=False) + "\n" for a, b in pairs]
    arguments.output.write_text("".join(lines), encoding="utf-8")
    print(f"{len(pairs)} pairs")


if __name__ == "__main__":
    main()
