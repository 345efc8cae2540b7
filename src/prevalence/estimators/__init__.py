"""What one asks of a survey: prevalence, total, mean and ratio, by any dimensions, with margins.

Each is a thin join of the rooms below: one pass, a formula, labels.
"""

from prevalence.estimators._association import Association, IndependenceTest, association
from prevalence.estimators._determinants import Determinants, determinants
from prevalence.estimators._distribution import distribution
from prevalence.estimators._quantile import quantile
from prevalence.estimators._standardised import standardised
from prevalence.estimators._statistics import mean, prevalence, ratio, total

__all__ = [
    "Association",
    "Determinants",
    "IndependenceTest",
    "association",
    "determinants",
    "distribution",
    "mean",
    "prevalence",
    "quantile",
    "ratio",
    "standardised",
    "total",
]
