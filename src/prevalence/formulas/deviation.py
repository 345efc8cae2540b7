"""Replicate estimates as deviations: plain sums of their squares are variances, whatever made the replicates.

Sources: Wolter (2007), Introduction to Variance Estimation, chapters 3-5; Judkins (1990), Journal of Official Statistics 6, 223-239
(Fay's method); Fay & Train (1995), ASA Proceedings of the Government Statistics Section, 154-159 (successive differences).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from prevalence.design import ReplicateMethod
from prevalence.errors import DesignError, check_option, listed
from prevalence.formulas.ratio import divide
from prevalence.totals import Floats, Ints

Lost = Literal["rescale", "drop"]

LOST: tuple[Lost, ...] = ("rescale", "drop")

EMPTY = 1e-12
"""A denominator below this part of the full sample's is what rounding leaves of a domain that the replicate has dropped."""


@dataclass(frozen=True, slots=True)
class Replicated:
    """Estimates and the deviations of their replicates.

    Attributes
    ----------
    estimate : float array, shape (domains,)
        Of the full sample; NaN where the denominator is zero.
    scores : float array, shape (replicates, domains)
        Deviation of each replicate times sqrt(scale x rscale): plain sums of squares and products are variances and covariances.
        0 for a replicate without the domain; NaN for a domain that fewer than two replicates have.
    lost : int array, shape (domains,)
        Replicates without a member of the domain.
    """

    estimate: Floats
    scores: Floats
    lost: Ints


def scales_of(
    method: ReplicateMethod,
    replicates: int,
    *,
    scale: float | None = None,
    rscales: Sequence[float] | None = None,
    fay_rho: float | None = None,
) -> Floats:
    """Return scale x rscale of replicate weights that come with a file, shape (replicates,).

    Parameters
    ----------
    method : {"JK1", "JK2", "JKn", "BRR", "Fay", "bootstrap", "SDR"}
        Gives the default of `scale`: JK1 (R-1)/R, JK2 1, JKn 1, BRR 1/R, Fay 1/(R(1-rho)^2), bootstrap 1/(R-1), SDR 4/R.
    replicates : int
        R, their number.
    scale : float, optional
        In place of the default.
    rscales : sequence of float, optional
        One a replicate, or one for all; 1 by default. ``JKn`` needs them.
    fay_rho : float, optional
        Of ``Fay``, which needs it.

    Raises
    ------
    DesignError
        If the parts do not fit each other.
    """
    if replicates < 2:
        raise DesignError(f"Replicate weights must be at least 2 columns; found {replicates}. Check the pattern of their names.")
    if method == "JKn" and rscales is None:
        raise DesignError(
            f"JKn needs rscales, (n_h - 1) / n_h of the stratum of each of its {replicates} replicates; "
            "the manual of the file gives them."
        )
    relative = np.asarray(1.0 if rscales is None else rscales, dtype=np.float64).ravel()
    if len(relative) not in (1, replicates):
        raise DesignError(f"rscales must be one number, or one for each of {replicates} replicates; found {len(relative)}.")
    common = _default_scale(method, replicates, fay_rho) if scale is None else float(scale)
    scales = np.broadcast_to(common * relative, replicates).astype(np.float64)
    if not (np.isfinite(scales).all() and (scales >= 0).all() and scales.any()):
        raise DesignError(
            f"scale and rscales must be zero or greater and not all zero; found scale={scale!r} "
            f"and rscales {listed(relative.tolist())}."
        )
    return scales


def doubt(mean_weight: float, mean_replicate: float, *, combined: bool) -> str:
    """Return what speaks against replicate weights being what they are said to be, weights or factors; empty if nothing does.

    Parameters
    ----------
    mean_weight, mean_replicate : float
        Means of the sampling weight, over the rows, and of the columns as they stand in the file, over rows and replicates.
    combined : bool
        Whether the columns are said to hold weights.
    """
    if not (mean_weight > 0 and mean_replicate > 0):
        return ""
    from_weights, from_factors = abs(np.log(mean_replicate / mean_weight)), abs(np.log(mean_replicate))
    declared, other = (from_weights, from_factors) if combined else (from_factors, from_weights)
    if declared <= np.log(2) or other > np.log(2):
        return ""
    said, found = ("weights", "factors") if combined else ("factors", "weights")
    return (
        f"Replicate weights are declared as {said} (combined={combined}) and look like {found}: their mean is "
        f"{mean_replicate:.4g}, that of the sampling weight {mean_weight:.4g}. If so, declare combined={not combined}."
    )


def ratio(
    y: Floats, x: Floats, full_y: Floats, full_x: Floats, scales: Floats, *, mse: bool = False, lost: Lost = "rescale"
) -> Replicated:
    """Return R = Y / X by domain with the deviations of its replicates.

    Parameters
    ----------
    y, x : float arrays, shape (replicates, domains)
        Replicate sums.
    full_y, full_x : float arrays, shape (domains,)
        Sums of the full sample.
    scales, mse, lost
        As in `deviations`. A replicate whose denominator is zero has lost the domain.
    """
    kept = np.abs(x) > EMPTY * np.abs(full_x)
    values = np.divide(y, x, out=np.full_like(y, np.nan), where=kept)
    return deviations(values, divide(full_y, full_x), scales, mse=mse, lost=lost)


def total(y: Floats, full_y: Floats, scales: Floats, *, mse: bool = False) -> Replicated:
    """Return Y by domain with the deviations of its replicates; without the domain it is 0, so that no replicate is lost."""
    return deviations(y, full_y, scales, mse=mse)


def deviations(values: Floats, estimate: Floats, scales: Floats, *, mse: bool = False, lost: Lost = "rescale") -> Replicated:
    """Return estimates with the deviations of their replicates, whatever the statistic.

    Parameters
    ----------
    values : float array, shape (replicates, domains)
        Replicate estimates; NaN where a replicate has none.
    estimate : float array, shape (domains,)
        Of the full sample.
    scales : float array, shape (replicates,)
        scale x rscale.
    mse : bool
        Take deviations from the full-sample estimate, not from the mean of the replicates that have one.
    lost : {"rescale", "drop"}
        ``rescale`` gives a replicate without the domain the mean square of the others; ``drop`` leaves it out and the scales as they
        are, which is R ``survey``'s way: variances too small by the share of such replicates.
    """
    check_option("lost", lost, LOST)
    missing = np.isnan(values)
    used = (scales > 0).astype(np.float64)
    emptied = used @ missing if missing.any() else np.zeros(len(estimate))
    present = used.sum() - emptied
    known = np.where(missing, 0.0, values) if missing.any() else values
    scores = known - (np.nan_to_num(estimate) if mse else used @ known / np.maximum(present, 1))
    scores *= np.sqrt(scales)[:, None]
    if missing.any():
        scores[missing] = 0
        if lost == "rescale":
            scores *= np.sqrt(np.where(emptied > 0, divide(np.full_like(present, scales.sum()), scales @ ~missing), 1.0))
        scores[:, (emptied > 0) & (present < 2)] = np.nan
    return Replicated(estimate, scores, emptied.astype(np.int64))


def _default_scale(method: ReplicateMethod, replicates: int, fay_rho: float | None) -> float:
    if method == "Fay" and (fay_rho is None or not 0 <= fay_rho < 1):
        raise DesignError(f"Fay needs fay_rho, at least 0 and below 1, as the manual of the file gives it; found {fay_rho!r}.")
    return {
        "JK1": (replicates - 1) / replicates,
        "JK2": 1.0,
        "JKn": 1.0,
        "BRR": 1 / replicates,
        "Fay": 1 / (replicates * (1 - (fay_rho or 0)) ** 2),
        "bootstrap": 1 / (replicates - 1),
        "SDR": 4 / replicates,
    }[method]
