"""Asks the library for the number of a record of R `survey` and says where the two differ."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

import prevalence as pv
import reference
from prevalence.estimates import Estimates
from prevalence.survey import Family
from reference import DesignArguments, Domain, Row

TAYLOR = 1e-12
"""Same formula, other order of summation: estimates and standard errors, relative to their scale (DESIGN section 7)."""

REPLICATE = 1e-10
"""Standard errors from replicates, small differences of large sums (DESIGN section 7)."""

ITERATED = 1e-3
"""R finds the limits of ``likelihood`` by interpolating a profile; ours are exact roots (DESIGN section 7)."""

PROFILED = 5
"""With fewer rows R's profile ends (10 steps) before it reaches the limit."""

REACHED = 15
"""R interpolates between steps that grow with the distance of the limit; further than this many standard errors of a simple random
sample it errs by more than `ITERATED`."""

INTERVAL = 1e-10
"""Limits pass through t, logit or beta functions of another library."""

NO_SPREAD = 1e-12
"""Where the exact standard error is 0 R leaves noise; ratios with it (deff, limits) mean nothing."""

NO_REFERENCE = 1e5
"""A design effect above this compares with outcomes that are almost equal: their variance keeps too few digits, or is rounding noise alone."""

POINTS = ("prevalence", "mean", "total", "ratio")
CONTRASTS = ("difference", "relative")


def faults(row: Row) -> list[str]:
    """Return what the library says otherwise than R, one sentence each."""
    if row.statistic == "covariance":
        return list(_covariance_faults(row))
    if row.statistic in CONTRASTS:
        return list(_contrast_faults(row))
    return [*_point_faults(row), *(_proportion_limits(row) if row.statistic == "prevalence" else _t_limits(row))]


def comparable(row: Row) -> bool:
    """Return whether the domains of a record have members; R calls the mean of nobody 0, or stops."""
    if row.statistic in POINTS:
        return row.n > 0
    return all(_has_members(row, side) for side in (row.a_in, row.b_in))


def by_another_convention(row: Row) -> bool:
    """Return whether the library means something else than R here; test_conventions.py holds both to sums by hand."""
    average = row.arguments.lonely_psu == "average"
    in_weightless_unit = "far" in row.domain and (average or row.arguments.lonely_domains)
    # R averages a covariance over the strata of all rows, the library over those of each pair of domains.
    return (average and bool(row.arguments.later_stages or row.statistic == "covariance")) or in_weightless_unit


def _has_members(row: Row, side: Domain) -> bool:
    inside = row.frame[row.arguments.weight].gt(0) & row.frame[list(row.variables)].notna().all(axis=1)
    for name, wanted in {**row.domain, **side}.items():
        inside &= row.frame[name] == wanted
    return bool(inside.any())


def design_of(used: DesignArguments) -> pv.Design:
    """Return the design of a record, with R's degrees of freedom."""
    return pv.Design(
        weight=used.weight,
        stratum=used.stratum,
        psu=used.psu,
        fpc=used.fpc,
        later_stages=[pv.Stage(unit=stage.unit, stratum=stage.stratum, fpc=stage.fpc) for stage in used.later_stages],
        replicates=pv.Replicates(**used.replicates) if used.replicates else None,
        selection=used.selection,
        lonely_psu=used.lonely_psu,
        lonely_domains=used.lonely_domains,
        df_rule="own",
    )


@cache
def survey(source: Path, design: str) -> pv.Survey:
    """Return the survey that a design of a JSON file declares."""
    row = next(row for row in reference.rows_of(source) if row.design == design)
    chains = {name: name for name in row.frame.columns if name.startswith("chain_")}
    family = Family(name="supply_chain", members=chains, exposure="household", denominator="people of the chain")
    return pv.Survey(row.frame, design_of(row.arguments), families={"supply_chain": family} if chains else {})


@cache
def estimates(source: Path, design: str, statistic: str, variables: tuple[str, ...], by: tuple[str, ...]) -> Estimates:
    """Return a table of the library."""
    ask = {"prevalence": pv.prevalence, "mean": pv.mean, "total": pv.total, "ratio": pv.ratio}[statistic]
    margins = ["supply_chain"] if "supply_chain" in by else False
    return ask(survey(source, design), *variables, by=list(by) or None, margins=margins)


def asked(row: Row, statistic: str, *more: str) -> Estimates:
    """Return the estimates of the domain of a record, crossed with the columns in `more`."""
    found = estimates(row.source, row.design, statistic, row.variables, (*more, *row.domain))
    return found.select(**{name: level(value) for name, value in row.domain.items()})


def level(value: Any) -> Any:
    """Return a level as the library labels it: 1.0 in a column with missing values is 1."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def close(found: float, expected: float, tolerance: float, scale: float) -> bool:
    """Return whether two numbers agree, relative to the larger of the expected one and `scale`."""
    if math.isnan(expected):
        return math.isnan(found)
    return abs(found - expected) <= tolerance * max(abs(expected), scale)


def _unless_close(what: str, found: float, expected: float, tolerance: float, scale: float) -> Iterator[str]:
    if not close(found, expected, tolerance, scale):
        yield f"{what}: {found!r}, R {expected!r}"


def _unless_limits(
    what: str, found: Any, expected: reference.Interval, scale: float, tolerance: float = INTERVAL
) -> Iterator[str]:
    for side, ours, theirs in zip(("low", "high"), (found.low[0], found.high[0]), expected, strict=True):
        yield from _unless_close(f"{what} {side}", float(ours), theirs, tolerance, scale)


def _scale(row: Row) -> float:
    return 1.0 if row.statistic == "prevalence" else abs(row.estimate)


def _point_faults(row: Row) -> Iterator[str]:
    found, scale = asked(row, row.statistic).numbers, _scale(row)
    yield from _unless_close("estimate", found.estimate[0], row.estimate, TAYLOR, scale)
    yield from _unless_close("se", found.se[0], row.se, REPLICATE if row.arguments.replicates else TAYLOR, scale)
    yield from _unless_close("n", found.n[0], row.n, 0, 0)
    yield from _unless_close("df", found.df[0], row.df, 0, 0)
    if row.se > NO_SPREAD * scale and _has_deff(row):
        yield from _unless_close("deff", found.deff[0], row.deff, INTERVAL, 1.0)


def _has_deff(row: Row) -> bool:
    """Return whether R's design effect means something: not for one row, nor for a ratio with replicate weights, which gets none."""
    without = row.arguments.replicates is not None and math.isnan(row.deff)
    return row.n > 1 and not row.deff > NO_REFERENCE and not without


def asin_stays_inside(row: Row) -> bool:
    """Return whether R's asin limits bracket the estimate: beyond 0 or 1 its sine turns back; ours stop at 0 and 1."""
    limits = [math.asin(math.sqrt(limit)) for limit in row.ci["asin"]]
    centre = math.asin(math.sqrt(row.estimate))
    half = stdtrit(row.df, 0.975) * row.se / (2 * math.sqrt(row.estimate * (1 - row.estimate)))
    return bool(np.allclose([centre - half, centre + half], limits))


def _methods(row: Row) -> dict[str, str]:
    """Return the interval methods that R means as we do, with R's name. R's beta takes its sample size from rows of weight zero too."""
    methods = {"logit": "xlogit", "wald": "mean_t", "beta": "beta", "asin": "asin"}
    if row.n != row.rows:
        del methods["beta"]
    return {ours: theirs for ours, theirs in methods.items() if theirs in row.ci and (ours != "asin" or asin_stays_inside(row))}


def _proportion_limits(row: Row) -> Iterator[str]:
    table = asked(row, "prevalence")
    if not (0 < row.estimate < 1 and row.se > NO_SPREAD and row.df > 0):
        yield from _degenerate_limits(row, table)
        return
    for ours, theirs in _methods(row).items():
        yield from _unless_limits(ours, table.ci(method=ours).limits, row.ci[theirs], 1.0)
    expected = row.ci.get("likelihood", (math.nan, math.nan))
    distance = stdtrit(row.df, 0.975) * math.sqrt(row.deff)
    if not math.isnan(sum(expected)) and row.n >= PROFILED and distance < REACHED:
        yield from _unless_limits("likelihood", table.ci(method="likelihood").limits, expected, 1.0, ITERATED)


def _degenerate_limits(row: Row, table: Estimates) -> Iterator[str]:
    """A census has no width; anything else has some width, or no interval where no degree of freedom is left."""
    low, high = table.limits.low[0], table.limits.high[0]
    of_census = low == high == table.numbers.estimate[0]
    of_sample = high > low if row.df > 0 else math.isnan(low)
    if not (of_census if table.numbers.census[0] else of_sample):
        yield f"limits {low!r} to {high!r} of {row.estimate!r}, se {row.se!r}, df {row.df!r}"


def _t_limits(row: Row) -> Iterator[str]:
    table = asked(row, row.statistic)
    if table.numbers.none_found[0]:
        return  # R has no interval of a number of people of zero; ours is that of the share
    table = table.ci(method="wald")
    low, high = table.limits.low[0], table.limits.high[0]
    if table.numbers.census[0]:
        if not (low == high and close(low, row.estimate, TAYLOR, abs(row.estimate))):
            yield f"limits of a census: {low!r} to {high!r}"
    elif row.df == 0 or not row.se > NO_SPREAD * abs(row.estimate):
        if not math.isnan(low):
            yield f"limits {low!r} to {high!r} although df is {row.df!r} and se {row.se!r}"
    else:
        yield from _unless_limits("t", table.limits, row.ci["mean_t"], abs(row.estimate))


def _contrast_faults(row: Row) -> Iterator[str]:
    table = asked(row, row.of, row.dimension)
    sides = (level(row.a), level(row.b))
    found = table.difference(row.dimension, *sides) if row.statistic == "difference" else table.relative(row.dimension, *sides)
    numbers = found.numbers
    scale = 1.0 if row.of == "prevalence" else max(abs(row.estimate), *np.abs(table.numbers.estimate))
    yield from _unless_close("estimate", numbers.estimate[0], row.estimate, TAYLOR, scale)
    se = numbers.se[0] if row.statistic == "difference" else numbers.se_log[0]
    yield from _unless_close("se", se, row.se, TAYLOR, scale)
    yield from _unless_close("df", numbers.df[0], row.df, 0, 0)
    if row.df > 0 and row.se > NO_SPREAD * scale:
        yield from _unless_limits("t", found.limits, row.ci["mean_t"], scale)


def _covariance_faults(row: Row) -> Iterator[str]:
    table = estimates(row.source, row.design, row.of, row.variables, row.by)
    place = {tuple(cell): index for index, cell in enumerate(zip(*(_levels(table, name) for name in row.by), strict=True))}
    order = [place[tuple(level(cell[name]) for name in row.by)] for cell in row.cells]
    expected = np.array(row.covariance)
    yield from _unless_equal("estimates", table.numbers.estimate[order], np.array(row.estimates), 0.0)
    scale = max(np.abs(expected).max(), NO_SPREAD)
    yield from _unless_equal("covariance", table.covariance()[np.ix_(order, order)], expected, scale)


def _unless_equal(what: str, found: npt.NDArray[np.float64], expected: npt.NDArray[np.float64], scale: float) -> Iterator[str]:
    apart = np.abs(found - expected) > TAYLOR * np.maximum(np.abs(expected), scale)
    if apart.any():
        yield f"{what}: {found[apart][:3].tolist()}, R {expected[apart][:3].tolist()}"


def _levels(table: Estimates, name: str) -> list[Any]:
    key = next(key for key in table.keys if key.name == name)
    return [key.levels[code] for code in key.codes]
