"""Weights: how the rows of a survey come to stand for a population, step by step, each recorded and followed by the variance."""

from prevalence.weighting._base import base
from prevalence.weighting._calibrate import calibrate
from prevalence.weighting._declare_calibrated import declare_calibrated
from prevalence.weighting._impute import impute
from prevalence.weighting._nonresponse import nonresponse
from prevalence.weighting._pool import pool
from prevalence.weighting._post_stratify import post_stratify
from prevalence.weighting._rake import rake
from prevalence.weighting._replay import replay
from prevalence.weighting._replicate import replicate
from prevalence.weighting._report import WeightReport, report
from prevalence.weighting._response_rates import ResponseRates, response_rates
from prevalence.weighting._save import save
from prevalence.weighting._share import share
from prevalence.weighting._trim import trim
from prevalence.weighting._weights import weights
from prevalence.weighting.diagnostics import effects, extremes, margin_hits, quantiles
from prevalence.weighting.draws import Draw
from prevalence.weighting.tables import WeightTable

__all__ = [
    "Draw",
    "ResponseRates",
    "WeightReport",
    "WeightTable",
    "base",
    "calibrate",
    "declare_calibrated",
    "effects",
    "extremes",
    "impute",
    "margin_hits",
    "nonresponse",
    "pool",
    "post_stratify",
    "quantiles",
    "rake",
    "replay",
    "replicate",
    "report",
    "response_rates",
    "save",
    "share",
    "trim",
    "weights",
]
