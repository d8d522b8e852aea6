"""Floors that a trained model must beat: majority, word overlap, TF-IDF + negation, bi-encoder cosine.

Each floor sorts pairs into a few *bands* by one or two plain features and answers with the label shares of
the training rows in that band (one added to each count). The cuts between bands are those of a coarse grid
that give the best macro-F1 on the training rows. So a floor is readable, has honest probabilities, and is no
straw man. The bi-encoder is a static one (``embedding.py``); another can be handed in as a function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from stance.evaluation.arrays import FloatArray, IntArray, cluster_indices, label_indices
from stance.evaluation.counts import table_metric
from stance.evaluation.embedding import shipped_encoder
from stance.evaluation.surface import has_negation, overlap
from stance.records import LABELS, Example

Floor = Callable[[Sequence[Example], Sequence[Example]], FloatArray]
"""(n examples, training examples) -> (n, 3) probabilities."""

_GRID = 20  # cuts tried: every 5 % of the training rows
_K = len(LABELS)


def majority(examples: Sequence[Example], train: Sequence[Example]) -> FloatArray:
    """Answer every pair with the label shares of ``train``: the top label is its most frequent one.

    Raises:
        ValueError: when ``train`` is empty.
    """
    gold = _gold(train)
    return np.tile(_shares(np.bincount(gold, minlength=_K)), (len(examples), 1))


def word_overlap(examples: Sequence[Example], train: Sequence[Example]) -> FloatArray:
    """Answer by three bands of the Jaccard overlap of content words (``surface.overlap``).

    Raises:
        ValueError: when ``train`` is empty.
    """
    gold = _gold(train)
    return _answer_by_cosine(_overlaps(examples), _overlaps(train), gold)


def tfidf_negation(examples: Sequence[Example], train: Sequence[Example]) -> FloatArray:
    """Answer by three bands: TF-IDF cosine low; high, negation alike; high, negation in one text only.

    The vocabulary (words and word pairs, lower-cased) and its weights come from the texts of ``train``.

    Raises:
        ValueError: when ``train`` is empty or its texts hold no word at all.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    gold = _gold(train)
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    vectorizer.fit([text for example in train for text in (example.premise, example.hypothesis)])

    def cosines(rows: Sequence[Example]) -> FloatArray:
        if not rows:
            return np.zeros(0)
        first = vectorizer.transform([example.premise for example in rows])
        second = vectorizer.transform([example.hypothesis for example in rows])
        return np.asarray(first.multiply(second).sum(axis=1), dtype=np.float64).ravel()

    similarity, mismatch = cosines(train), _mismatches(train)
    cuts = ((cut,) for cut in _grid(similarity))
    best = _best_cuts(cuts, lambda cut: _negation_bands(similarity, mismatch, cut), gold)
    shares = _band_shares(_negation_bands(similarity, mismatch, best), gold)
    return shares[_negation_bands(cosines(examples), _mismatches(examples), best)]


def embedding_cosine(
    examples: Sequence[Example],
    train: Sequence[Example],
    *,
    encode: Callable[[list[str]], npt.ArrayLike],
) -> FloatArray:
    """Answer by three bands of the cosine of two sentence embeddings.

    Args:
        examples: n pairs to answer.
        train: labelled pairs to fit the bands on.
        encode: m distinct texts -> (m, d) embeddings; they need no unit length. Called once with all texts.

    Raises:
        ValueError: when ``train`` is empty or ``encode`` returns another shape or NaN.
    """
    gold = _gold(train)
    texts = sorted({t for example in (*train, *examples) for t in (example.premise, example.hypothesis)})
    vectors = np.array(encode(texts), dtype=np.float64)
    if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():  # noqa: PLR2004
        raise ValueError(
            f"encode returned an array of shape {vectors.shape} for {len(texts)} texts;"
            f" needed finite numbers of shape ({len(texts)}, d)"
        )
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors / np.where(norms > 0, norms, 1.0)
    place = {text: row for row, text in enumerate(texts)}

    def cosines(rows: Sequence[Example]) -> FloatArray:
        first = vectors[[place[example.premise] for example in rows]]
        second = vectors[[place[example.hypothesis] for example in rows]]
        return np.asarray((first * second).sum(axis=1), dtype=np.float64)

    return _answer_by_cosine(cosines(examples) if examples else np.zeros(0), cosines(train), gold)


def bi_encoder(examples: Sequence[Example], train: Sequence[Example]) -> FloatArray:
    """Answer by three bands of the cosine of static embeddings from the shipped model's vocabulary.

    Raises:
        ValueError: when ``train`` is empty.
        ModelError: the shipped model is missing or damaged.
    """
    return embedding_cosine(examples, train, encode=shipped_encoder())


FLOORS: Mapping[str, Floor] = MappingProxyType(
    {
        "majority": majority,
        "word overlap": word_overlap,
        "TF-IDF + negation": tfidf_negation,
        "bi-encoder cosine": bi_encoder,
    }
)
"""The floors, by the name shown beside a model. None of them runs a transformer."""


def cross_fit(
    floor: Floor,
    examples: Sequence[Example],
    *,
    folds: int = 5,
    clusters: Sequence[str | None] | None = None,
    seed: int = 0,
) -> FloatArray:
    """Return out-of-fold probabilities of a floor where there is a labelled set but no training set, (n, 3).

    Every row is answered by the floor fitted on the other folds of the same set, which makes it the hardest
    version of that floor: it knows the domain and the label shares. Clusters are never split.

    Raises:
        ValueError: for fewer than 2 folds, or fewer than 2 rows or clusters.
    """
    ids = np.arange(len(examples)) if clusters is None else cluster_indices(clusters, len(examples))
    units = len(np.unique(ids))
    if folds < 2 or units < 2:  # noqa: PLR2004
        raise ValueError(f"got {folds} folds over {units} rows or clusters; needed at least 2 of both")
    fold_of = np.random.default_rng(seed).permutation(units)[ids] % min(folds, units)
    answers = np.empty((len(examples), _K))
    for fold in range(min(folds, units)):
        inside = np.flatnonzero(fold_of == fold)
        train = [examples[row] for row in np.flatnonzero(fold_of != fold).tolist()]
        answers[inside] = floor([examples[row] for row in inside.tolist()], train)
    return answers


def _gold(train: Sequence[Example]) -> IntArray:
    return label_indices([example.gold for example in train], "gold of train")


def _overlaps(rows: Sequence[Example]) -> FloatArray:
    return np.array([overlap(example.premise, example.hypothesis) for example in rows], dtype=np.float64)


def _mismatches(rows: Sequence[Example]) -> npt.NDArray[np.bool_]:
    pairs = ((has_negation(example.premise), has_negation(example.hypothesis)) for example in rows)
    return np.array([first != second for first, second in pairs], dtype=np.bool_)


def _negation_bands(
    similarity: FloatArray, mismatch: npt.NDArray[np.bool_], cuts: tuple[float, ...]
) -> IntArray:
    return np.where(similarity < cuts[0], 0, 1 + mismatch.astype(np.int64))


def _cosine_bands(similarity: FloatArray, cuts: tuple[float, ...]) -> IntArray:
    return np.searchsorted(np.array(cuts), similarity, side="right").astype(np.int64)


def _answer_by_cosine(similarity: FloatArray, known: FloatArray, gold: IntArray) -> FloatArray:
    """Fit two cuts on ``known`` similarities and their gold, and answer ``similarity`` by band."""
    grid = _grid(known)
    pairs: Iterable[tuple[float, ...]] = [(cut,) for cut in grid] + list(combinations(grid, 2))
    best = _best_cuts(pairs, lambda cuts: _cosine_bands(known, cuts), gold)
    return _band_shares(_cosine_bands(known, best), gold)[_cosine_bands(similarity, best)]


def _grid(similarity: FloatArray) -> list[float]:
    return [float(cut) for cut in np.unique(np.quantile(similarity, np.linspace(0, 1, _GRID + 1)))]


def _best_cuts(
    candidates: Iterable[tuple[float, ...]],
    bands: Callable[[tuple[float, ...]], IntArray],
    gold: IntArray,
) -> tuple[float, ...]:
    """Return the cuts whose band answers have the best macro-F1 on the training rows; of equals the first."""
    best: tuple[float, ...] = (0.0,)
    best_f1 = -1.0
    for cuts in candidates:
        placed = bands(cuts)
        verdicts = _band_shares(placed, gold).argmax(axis=1)[placed]
        table = np.bincount(_K * gold + verdicts, minlength=_K * _K).reshape(1, _K, _K)
        f1 = float(table_metric(table, "f1_macro")[0])
        if f1 > best_f1:
            best, best_f1 = cuts, f1
    return best


def _band_shares(bands: IntArray, gold: IntArray) -> FloatArray:
    """Return the label shares of each of three bands, (3, 3); an empty band has equal shares."""
    counts = np.bincount(_K * bands + gold, minlength=3 * _K).reshape(3, _K)
    return _shares(counts)


def _shares(counts: npt.NDArray[np.int64]) -> FloatArray:
    """Return counts with one added each, as shares of the last axis."""
    return np.asarray((counts + 1) / (counts + 1).sum(axis=-1, keepdims=True), dtype=np.float64)
