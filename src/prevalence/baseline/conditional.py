"""Scores of totals of rounds that share some of their units, given how many units each round visited.

Stacked as they are, the total of a round would carry the chance of which areas that round visited at all. Centred within the strata of their own
round and scaled to its size, they give each round the variance that it has alone, and the shared units their covariance.

Source: Tam (1984), On covariances from overlapping samples, The American Statistician 38, 288-289; Berger & Priam (2016), JRSS A 179.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from prevalence.formulas.rules import Linearised
from prevalence.totals import Columns, Floats, Ints, StageUnits


def conditional(scores: Columns, own: Linearised, both: Linearised, stratum: Ints) -> Columns:
    """Return scores for the rule of both rounds whose variance is that of the round alone.

    Parameters
    ----------
    scores : sparse array, shape (ultimate units of the round, cells)
    own, both : Linearised
        Rules of the round and of the units of both.
    stratum : int array, shape (strata of the round,)
        Stratum of both rounds that each stratum of the round is.
    """
    stage = own.units.primary
    sums = np.asarray(stage.sums(scores).toarray(), dtype=np.float64)
    strata = len(stage.sampled)
    members = sparse.csr_array(
        (np.ones(len(stage.stratum)), (stage.stratum, np.arange(len(stage.stratum)))), shape=(strata, len(stage.stratum))
    )
    mean = np.asarray(members @ sums, dtype=np.float64) / stage.sampled[:, None] * (stage.sampled > 1)[:, None]
    ultimates = np.bincount(stage.unit, minlength=len(stage.stratum))
    shift = mean[stage.stratum] / ultimates[:, None]
    centred = np.asarray(scores.toarray(), dtype=np.float64) - shift[stage.unit]
    if len(own.units.stages) == 1:
        # Later stages are centred within their own units and keep their scale.
        factor = _factor(stage, own.lonely.rule)
        centred *= np.sqrt(_ratio(factor, _factor(both.units.primary, both.lonely.rule)[stratum]))[stage.stratum[stage.unit]][
            :, None
        ]
    return sparse.csc_array(centred)


def _factor(stage: StageUnits, lonely: str) -> Floats:
    """Return (1 - f) n / (n - 1) of each stratum, shape (strata,)."""
    single = stage.sampled == 1
    factor = (1 - stage.fraction) * stage.sampled / np.where(single, 1, stage.sampled - 1)
    return np.where(single & (lonely != "adjust"), 0.0, factor)


def _ratio(own: Floats, both: Floats) -> Floats:
    return np.where(both > 0, own / np.where(both > 0, both, 1.0), 0.0)
