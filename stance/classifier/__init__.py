"""Pairs of texts go in, calibrated probabilities of the three labels come out."""

from stance.classifier.calibration import conformal_least, fit_temperature, softmax
from stance.classifier.model import Scores, StanceClassifier

__all__ = ["Scores", "StanceClassifier", "conformal_least", "fit_temperature", "softmax"]
