"""Estimates: labels, numbers and where they come from; comparisons that know their covariance."""

from prevalence.estimates._estimates import RESULT_COLUMNS, Estimates
from prevalence.estimates._imputed import combine_imputations
from prevalence.estimates._keys import ALL, Key, key_named
from prevalence.estimates._numbers import Given, Interval, Numbers, default_method
from prevalence.estimates._rounds import rounds
from prevalence.estimates._sample import Sample
from prevalence.estimates._stack import stack
from prevalence.estimates._tests import RowTests

__all__ = [
    "ALL",
    "RESULT_COLUMNS",
    "Estimates",
    "Given",
    "Interval",
    "Key",
    "Numbers",
    "RowTests",
    "Sample",
    "combine_imputations",
    "default_method",
    "key_named",
    "rounds",
    "stack",
]
