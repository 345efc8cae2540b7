"""Weights: how the rows of a survey come to stand for a population."""

from prevalence.weighting._pool import pool

__all__ = ["pool"]
