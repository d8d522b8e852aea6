"""Which retrieval finds the contradictions and supports: recall at k = 5, 10, 20, 50 of several ways to rank.

    pip install bm25s
    python benchmarks/retrieval.py

In fields of statements all opponents of each statement are ranked: the gold of seeds/ set by set; the six
sets as one field; data/pairs by source and domain; data/pairs by source. A pair is found at k when one of its
two is among the k nearest of the other. Prints Markdown.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bm25s
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from stance.evaluation.gold import find_gold
from stance.pairing.closeness import Closeness
from stance.pairing.encoder import GRID, shipped_encoder
from stance.records import Label

ROOT = Path(__file__).resolve().parent.parent
CUTS = (5, 10, 20, 50)
WORD = r"\b\w+\b"


@dataclass(frozen=True, slots=True)
class Field:
    """Statements, who may meet whom, and the pairs to find as (row, row, label)."""

    texts: list[str]
    allowed: np.ndarray
    gold: list[tuple[int, int, Label]]


def seeds() -> Iterator[Field]:
    for held in find_gold(ROOT / "seeds"):
        statements = [s for s in held.statements if s.party]
        place = {s.id: n for n, s in enumerate(statements)}
        allowed = np.array(
            [[held.roster.opposed(a.party, b.party) for b in statements] for a in statements], dtype=bool
        )
        gold = [(place[p.a], place[p.b], p.label) for p in held.pairs if p.label is not Label.UNRELATED]
        yield Field([s.text for s in statements], allowed, gold)


def pooled(fields: list[Field]) -> Field:
    """Return one field of all: statements of different sets may meet."""
    starts = np.cumsum([0, *(len(f.texts) for f in fields)]).tolist()
    allowed = np.ones((starts[-1],) * 2, dtype=bool)
    gold = []
    for start, end, field in zip(starts, starts[1:], fields, strict=False):
        allowed[start:end, start:end] = field.allowed
        gold += [(a + start, b + start, label) for a, b, label in field.gold]
    return Field([t for f in fields for t in f.texts], allowed, gold)


def pairs(*, by_domain: bool) -> Iterator[Field]:
    groups = defaultdict(list)
    for part in ("train", "dev", "test"):
        for line in (ROOT / "data" / "pairs" / f"{part}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            groups[row["id"].rsplit("-", 1)[0], row["domain"] if by_domain else ""].append(row)
    for _, rows in sorted(groups.items()):
        place: dict[tuple[str, str], int] = {}
        gold = []
        for row in rows:
            a, b = (place.setdefault((row[f"party_{side}"], row[side]), len(place)) for side in "ab")
            if row["label"] != "unrelated":
                gold.append((a, b, Label(row["label"])))
        party = np.array([party for party, _ in place])
        allowed = party[:, None] != party[None, :]
        for a, b, _ in gold:
            allowed[a, b] = allowed[b, a] = True
        yield Field([text for _, text in place], allowed, gold)


def bm25(texts: list[str]) -> np.ndarray:
    """Return BM25 (Lucene's, k1 1.5, b 0.75) of each text as a query for each other, shape (n, n)."""
    analyse = TfidfVectorizer(stop_words="english", token_pattern=WORD).build_analyzer()
    tokens = [list(dict.fromkeys(analyse(text))) or ["-"] for text in texts]
    index = bm25s.BM25()
    index.index([analyse(text) or ["-"] for text in texts], show_progress=False)
    return np.array([index.get_scores(query) for query in tokens])


def ranks(closeness: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return the rank, from 1, of each column in its row among those allowed; ties in column order."""
    order = np.argsort(np.where(allowed, -closeness, np.inf), axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(1, len(order) + 1), order.shape), axis=1)
    return np.where(allowed, rank, len(order) + 1)


def ways(field: Field) -> Iterator[tuple[str, np.ndarray]]:
    words = TfidfVectorizer(sublinear_tf=True, stop_words="english", token_pattern=WORD)
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    word, gram = (
        (m @ m.T).toarray() for m in (words.fit_transform(field.texts), grams.fit_transform(field.texts))
    )
    vectors = shipped_encoder()(field.texts).astype(np.float64) / GRID
    cosine = vectors @ vectors.T
    scores = bm25(field.texts)

    def ranked(closeness: np.ndarray) -> np.ndarray:
        return ranks(closeness, field.allowed)

    def fused(constant: int) -> np.ndarray:
        return ranked(sum(1 / (constant + ranked(c)) for c in (scores, cosine)))

    everyone = np.arange(len(field.texts))
    yield "TF-IDF words + character 3- to 5-grams (before)", ranked(word + gram)
    yield "BM25", ranked(scores)
    yield "TF-IDF words", ranked(word)
    yield "embeddings", ranked(cosine)
    yield "BM25, embeddings: reciprocal ranks, 60", fused(60)
    yield "BM25, embeddings: reciprocal ranks, 10", fused(10)
    yield "TF-IDF words + grams + 2 x embeddings", ranked(word + gram + 2 * cosine)
    yield "**TF-IDF words + embeddings (now)**", ranked(Closeness(field.texts).towards(everyone)(everyone))


def main() -> None:
    sets = list(seeds())
    for name, fields in (
        ("seeds, each set alone", sets),
        ("seeds, six sets as one", [pooled(sets)]),
        ("pairs by source and domain", list(pairs(by_domain=True))),
        ("pairs by source", list(pairs(by_domain=False))),
    ):
        found: dict[str, Counter] = defaultdict(Counter)
        total = Counter(label for field in fields for *_, label in field.gold)
        opponents = np.concatenate([field.allowed.sum(axis=1) for field in fields]).mean()
        for field in fields:
            for way, rank in ways(field):
                for a, b, label in field.gold:
                    nearest = min(rank[a, b], rank[b, a])
                    found[way].update((label, k) for k in CUTS if nearest <= k)
        print(f"\n### {name}\n\n{len(fields)} fields, {opponents:.0f} opponents on average, "
              f"{total[Label.CONTRADICT]} contradictions, {total[Label.SUPPORT]} supports\n")  # fmt: skip
        print("| ranked by |" + "".join(f" c@{k} | s@{k} |" for k in CUTS))
        print("|---|" + "---|" * 2 * len(CUTS))
        for way, hits in found.items():
            cells = (
                hits[label, k] / total[label] for k in CUTS for label in (Label.CONTRADICT, Label.SUPPORT)
            )
            print(f"| {way} |" + "".join(f" {cell:.3f} |" for cell in cells))


if __name__ == "__main__":
    main()
