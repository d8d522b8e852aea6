"""Gold labels and predictions go in; metrics, intervals, slices, floors and comparisons come out, signed.

Everything here takes labels, probability arrays and examples; models and files stay with the caller.
"""

from stance.evaluation.arrays import top_labels
from stance.evaluation.baselines import (
    FLOORS,
    Floor,
    cross_fit,
    embedding_cosine,
    majority,
    tfidf_negation,
    word_overlap,
)
from stance.evaluation.comparison import Comparison, Differing, compare
from stance.evaluation.intervals import (
    Interval,
    McNemar,
    PairedDifference,
    bootstrap,
    mcnemar,
    paired_bootstrap,
)
from stance.evaluation.metrics import LabelMetrics, Metrics, compute_metrics
from stance.evaluation.rates import FieldPrecision, precision_at_rates, reweighted_precision
from stance.evaluation.signature import Signature, data_sha256, sign
from stance.evaluation.slices import SliceMetrics, SliceTable, slice_examples, slice_metrics

__all__ = [
    "FLOORS",
    "Comparison",
    "Differing",
    "FieldPrecision",
    "Floor",
    "Interval",
    "LabelMetrics",
    "McNemar",
    "Metrics",
    "PairedDifference",
    "Signature",
    "SliceMetrics",
    "SliceTable",
    "bootstrap",
    "compare",
    "compute_metrics",
    "cross_fit",
    "data_sha256",
    "embedding_cosine",
    "majority",
    "mcnemar",
    "paired_bootstrap",
    "precision_at_rates",
    "reweighted_precision",
    "sign",
    "slice_examples",
    "slice_metrics",
    "tfidf_negation",
    "top_labels",
    "word_overlap",
]
