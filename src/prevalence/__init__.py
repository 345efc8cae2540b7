"""Child labour and forced labour prevalence from survey data, with the right standard errors.

The public names are resolved on first use: importing the package loads the standard library alone.

Examples
--------
>>> import pandas as pd, prevalence as pv
>>> rows = pd.DataFrame({"w": [2.0, 1.0, 1.0, 2.0], "ea": [1, 1, 2, 2], "child_labour": [1, 0, 0, 1]})
>>> survey = pv.Survey(rows, pv.Design(weight="w", psu="ea"))
>>> pv.prevalence(survey, "child_labour").to_pandas()["estimate"].round(4).tolist()
[0.6667]
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prevalence import baseline, classify, countries, errors, loaders, plan, plot, reference, report, simulate, weighting
    from prevalence.design import Design, Replicates, Stage, TwoPhase
    from prevalence.errors import PrevalenceError, PrevalenceWarning
    from prevalence.estimates import Estimates, combine_imputations
    from prevalence.estimators import (
        association,
        determinants,
        distribution,
        mean,
        prevalence,
        quantile,
        ratio,
        standardised,
        total,
    )
    from prevalence.job import run
    from prevalence.loaders import load
    from prevalence.survey import Survey
    from prevalence.totals import Totals

__version__ = "0.1.0"

__all__ = [
    "Design",
    "Estimates",
    "PrevalenceError",
    "PrevalenceWarning",
    "Replicates",
    "Stage",
    "Survey",
    "Totals",
    "TwoPhase",
    "__version__",
    "association",
    "baseline",
    "classify",
    "combine_imputations",
    "countries",
    "determinants",
    "distribution",
    "errors",
    "load",
    "loaders",
    "mean",
    "plan",
    "plot",
    "prevalence",
    "quantile",
    "ratio",
    "reference",
    "report",
    "run",
    "simulate",
    "standardised",
    "total",
    "weighting",
]

_ROOMS = (
    "baseline",
    "classify",
    "countries",
    "errors",
    "loaders",
    "plan",
    "plot",
    "reference",
    "report",
    "simulate",
    "weighting",
)

_ROOM_OF = {
    "Design": "design",
    "Estimates": "estimates",
    "PrevalenceError": "errors",
    "PrevalenceWarning": "errors",
    "Replicates": "design",
    "Stage": "design",
    "Survey": "survey",
    "Totals": "totals",
    "TwoPhase": "design",
    "association": "estimators",
    "combine_imputations": "estimates",
    "determinants": "estimators",
    "distribution": "estimators",
    "load": "loaders",
    "mean": "estimators",
    "prevalence": "estimators",
    "quantile": "estimators",
    "ratio": "estimators",
    "run": "job",
    "standardised": "estimators",
    "total": "estimators",
}


if not TYPE_CHECKING:  # a checker that saw __getattr__ would accept any name

    def __getattr__(name: str) -> object:
        """Return a public name from the room that owns it, and keep it for the next time."""
        if name in _ROOMS:
            return import_module(f"prevalence.{name}")
        if name not in _ROOM_OF:
            raise AttributeError(f"module 'prevalence' has no attribute {name!r}", name=name, obj=sys.modules[__name__])
        value = getattr(import_module(f"prevalence.{_ROOM_OF[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """Return the public names, so that they complete with Tab before they are loaded."""
    return sorted(__all__)
