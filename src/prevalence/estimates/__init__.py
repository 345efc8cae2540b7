"""Estimates: labels, numbers and where they come from; comparisons that know their covariance."""

from prevalence.estimates._estimates import Estimates, Sample, stack
from prevalence.estimates._keys import ALL, Key
from prevalence.estimates._numbers import Interval, Numbers

__all__ = ["ALL", "Estimates", "Interval", "Key", "Numbers", "Sample", "stack"]
