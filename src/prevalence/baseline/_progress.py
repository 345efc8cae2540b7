"""``pv.baseline.progress``: how far a country has come, how far it is from its target, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from prevalence.baseline._aarr import aarr_of, end_of
from prevalence.baseline._projection import projected
from prevalence.baseline.classes import CLASSES, Aim, Words, class_of, class_probabilities, ratio_of
from prevalence.baseline.series import METHODS, Method, Series, series_of
from prevalence.checks import check_share
from prevalence.errors import OptionError, check_option
from prevalence.shown import Floats, Shown

KINDS = ("level", "reduction")
SENTENCE = "sampling uncertainty only, given a constant rate"
WITH_DRIFT = "sampling uncertainty and the given drift"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Progress(Shown):
    """Progress towards a target; the columns are the progress classes.

    Attributes
    ----------
    classes : tuple of str
    probability : float array
        Of each class, sampling error of both rounds included. Plug-in: normal about what was estimated.
    progress_class : str
        The class of the estimates.
    base_year, base, year, now : float
        First and last round.
    change, change_se, z, p_value : float
        now - base.
    relative_change, relative_se : float
        now / base - 1.
    aarr, aarr_se : float
        Observed, by `method`.
    target, target_year : float
        What the path is to end at, in the unit of the values; NaN without a target.
    kind : str
        ``level``, or ``reduction`` of the base value.
    ending : float
        Threshold that stands for a target of 0, else NaN.
    required_aarr, multiplier : float
        Rate needed from now on, and its multiple of the observed one (NaN where nothing declines).
    points_needed, points_observed : float
        Fall a year on a straight path, and that of the past.
    projected, projected_low, projected_high : float
        Value in the target year at the observed rate.
    on_track : float
        Probability that the path ends at the target or below.
    ratio : float
        Observed over required growth since the base year (Open SDG).
    method, said_of_probability : str
    level : float
    """

    classes: tuple[str, ...]
    probability: Floats
    progress_class: str
    base_year: float
    base: float
    year: float
    now: float
    change: float
    change_se: float
    z: float
    p_value: float
    relative_change: float
    relative_se: float
    aarr: float
    aarr_se: float
    target: float
    target_year: float
    kind: str
    ending: float
    required_aarr: float
    multiplier: float
    points_needed: float
    points_observed: float
    projected: float
    projected_low: float
    projected_high: float
    on_track: float
    ratio: float
    method: str
    said_of_probability: str
    level: float


def progress(
    years: Sequence[float],
    values: Sequence[float],
    *,
    se: Sequence[float] | None = None,
    correlation: float = 0.0,
    covariance: Sequence[Sequence[float]] | None = None,
    target: float | None = None,
    target_year: float = 2030,
    kind: str = "level",
    ending: float | None = None,
    method: Method = "two-point",
    drift: float = 0.0,
    level: float = 0.95,
    words: Words = "open-sdg",
) -> Progress:
    r"""Return progress towards a target, with the sampling error in every statement.

    Parameters
    ----------
    years, values : sequences of float
        Two or more rounds: rates, or counts. The first is the base.
    se, correlation, covariance
        Standard errors, and the covariance of rounds that share sampling units; see `aarr`. Without them there are no
        probabilities.
    target : float, optional
        In the unit of the values; or with ``kind="reduction"`` the share by which the base value is to fall: 0.70 for the cocoa
        framework. Without a target the growth itself is classed.
    target_year : float
        2030 by default; SDG 8.7 set 2025 for child labour.
    kind : {"level", "reduction"}
        A reduction is of what the values are: of the rate if they are rates, of the number if they are counts. The two part
        where the population grows.
    ending : float, optional
        For a target of 0, or a reduction by 1: the value that counts as ended.
    method : {"two-point", "unicef", "wls"}
        Of the observed rate and of the path. Classes and ratio are of first and last round, as Open SDG has them.
    drift : float
        Variance of ln p added for each year after the last round.
    level : float
        Of the interval of the projected value.
    words : {"open-sdg", "statcan"}
        Names of the same classes.

    Returns
    -------
    Progress

    Raises
    ------
    OptionError
        If a number is out of its range, the target is not below the base value, or its year is not after the last round.

    Notes
    -----
    A target that is reached gives a required rate of 0 and the class "target achieved". "On track" is the probability that the
    path of a constant rate ends at the target or below; with two noisy points it says little, and that is what it then shows.
    Probabilities are plug-in: they take the estimates as the centre of the truth, which is a posterior under a prior that is
    diffuse on the log scale, and not a prediction.

    Examples
    --------
    >>> import prevalence as pv
    >>> found = pv.baseline.progress([2014, 2022], [0.22, 0.18], se=[0.012, 0.011], target=0.05)
    >>> found.progress_class, round(found.ratio, 4), round(found.multiplier, 2)
    ('limited', 0.2801, 5.97)
    """
    check_option("kind", kind, KINDS)
    check_option("method", method, METHODS)
    check_option("words", words, tuple(CLASSES))
    series = series_of(years, values, se, correlation, covariance)
    aim, goal = _aim(series, target, target_year, kind, ending)
    return _progress(series, aim, goal, target_year, kind, ending, method, drift, level, words)


def _aim(series: Series, target: float | None, target_year: float, kind: str, ending: float | None) -> tuple[Aim, float]:
    """Return the target as the rules see it, and its value in the unit of the series."""
    base, span = float(series.values[0]), float(target_year - series.years[0])
    if target_year <= series.years[-1]:
        raise OptionError(f"target_year must be after the last round, {series.years[-1]:g}; found {target_year:g}.")
    if target is None:
        if ending is not None:
            raise OptionError("ending stands for a target of 0: give target=0 with it.")
        return Aim(math.nan, False, span), math.nan
    relative = kind == "reduction" and target < 1
    if kind == "reduction":
        check_share("target", target, one=True)
        goal = end_of(0.0, ending) if target == 1 else end_of((1 - target) * base, ending)
    else:
        goal = end_of(target, ending)
    if goal >= base:
        raise OptionError(
            f"target must be below the base value of {base:g}; found {goal:g}. Check the unit: rates lie between 0 and 1."
        )
    return Aim(math.log(1 - target) if relative else math.log(goal), relative, span), goal


def _progress(
    series: Series,
    aim: Aim,
    goal: float,
    target_year: float,
    kind: str,
    ending: float | None,
    method: Method,
    drift: float,
    level: float,
    words: Words,
) -> Progress:
    base, now = float(series.values[0]), float(series.values[-1])
    span, left = float(series.years[-1] - series.years[0]), float(target_year - series.years[-1])
    observed = aarr_of(series, method, level)
    path = projected(series, np.array([float(target_year)]), method, level, drift)
    change_se, z, p_value = _test(series)
    required = max(1 - (goal / now) ** (1 / left), 0.0) if aim.exists else math.nan
    # "Ended" is a path to 0 on a straight line, whatever stands for it on a geometric one.
    end = 0.0 if ending is not None else goal
    return Progress(
        classes=CLASSES[words],
        probability=_probabilities(series, span, aim),
        progress_class=CLASSES[words][class_of(base, now, span, aim)],
        base_year=float(series.years[0]),
        base=base,
        year=float(series.years[-1]),
        now=now,
        change=now - base,
        change_se=change_se,
        z=z,
        p_value=p_value,
        relative_change=now / base - 1,
        relative_se=now / base * _log_change_error(series),
        aarr=observed.aarr,
        aarr_se=observed.se,
        target=goal,
        target_year=float(target_year),
        kind=kind if aim.exists else "",
        ending=math.nan if ending is None else ending,
        required_aarr=required,
        multiplier=required / observed.aarr if observed.aarr > 0 else math.nan,
        points_needed=max(now - end, 0.0) / left,
        points_observed=(base - now) / span,
        projected=float(path.value[0]),
        projected_low=float(path.low[0]),
        projected_high=float(path.high[0]),
        on_track=_on_track(series, aim, target_year, method, drift),
        ratio=ratio_of(base, now, span, aim),
        method=method,
        said_of_probability=WITH_DRIFT if drift else SENTENCE,
        level=level,
    )


def _test(series: Series) -> tuple[float, float, float]:
    """Return standard error, z and two-sided p of the difference of last and first value."""
    if not series.has_errors:
        return math.nan, math.nan, math.nan
    contrast = np.zeros(len(series.values))
    contrast[[0, -1]] = [-1, 1]
    error = math.sqrt(max(float(contrast @ series.covariance @ contrast), 0.0))
    if error == 0:
        return 0.0, math.nan, math.nan
    z = float(contrast @ series.values) / error
    return error, z, float(2 * special.ndtr(-abs(z)))


def _log_change_error(series: Series) -> float:
    """Return the standard error of ln(now / base)."""
    if not series.has_errors:
        return math.nan
    corners = series.log_covariance[np.ix_([0, -1], [0, -1])]
    return math.sqrt(max(float(corners[0, 0] + corners[1, 1] - 2 * corners[0, 1]), 0.0))


def _probabilities(series: Series, span: float, aim: Aim) -> Floats:
    if not series.has_errors:
        return np.full(len(CLASSES["open-sdg"]), math.nan)
    corners = series.log_covariance[np.ix_([0, -1], [0, -1])]
    return class_probabilities(float(series.values[0]), float(series.values[-1]), corners, span, aim)


def _on_track(series: Series, aim: Aim, target_year: float, method: Method, drift: float) -> float:
    """Return the probability that the path ends at the target or below; a relative target moves with the base value."""
    if not aim.exists or not series.has_errors:
        return math.nan
    gap = -series.line(method).at(target_year)
    if aim.relative:
        gap = gap.copy()
        gap[0] += 1
    variance = float(gap @ series.log_covariance @ gap) + drift * float(target_year - series.years[-1])
    return float(special.ndtr((aim.log_target + float(gap @ np.log(series.values))) / math.sqrt(variance)))
