"""``pv.plan.allocate``: a sample divided among strata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from prevalence.checks import check_above
from prevalence.errors import OptionError, check_option, listed, suggestion
from prevalence.plan.equations import HALVINGS
from prevalence.shown import Shown
from prevalence.totals import Floats, Ints, weighted_counts

METHODS = ("proportional", "square-root", "power", "neyman", "equal")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Allocation(Shown):
    """How many of a sample lie in each stratum.

    Attributes
    ----------
    stratum : tuple of str
    population : float array
    n : int array
    fraction, weight : float arrays
        Sampling fraction and its inverse (NaN where n is 0).
    total : int
    method : str
    deff_weighting : float
        1 + CV squared of the weights: what an allocation that is not proportional costs the estimates of everybody.
    """

    stratum: tuple[str, ...]
    population: Floats
    n: Ints
    fraction: Floats
    weight: Floats
    total: int
    method: str
    deff_weighting: float

    def __getitem__(self, stratum: str) -> int:
        """Return n of a stratum."""
        return int(self.n[self.stratum.index(stratum)])


def allocate(
    populations: Mapping[str, float],
    n: int,
    *,
    method: str = "proportional",
    exponent: float = 0.5,
    sd: Mapping[str, float] | None = None,
    cost: Mapping[str, float] | None = None,
    minimum: float | Mapping[str, float] = 0,
    domains: Mapping[str, str] | None = None,
) -> Allocation:
    r"""Divide a sample among strata.

    Parameters
    ----------
    populations : mapping of stratum to number
        Size N of each stratum, in the units in which n is counted (people, households, areas).
    n : int
        Size of the sample.
    method : {"proportional", "square-root", "power", "neyman", "equal"}
        n proportional to N; to its square root; to N to the power `exponent`; to :math:`N S/\sqrt{c}` with standard deviations
        `sd` and costs `cost` (Neyman, where costs are equal); or the same everywhere.
    minimum : float or mapping
        Least n of each stratum, or of each domain where `domains` is given; a mapping names them one by one.
    domains : mapping of stratum to domain, optional

    Returns
    -------
    Allocation
        Whole numbers by largest remainders, never more than the population of the stratum; they add up to n.

    Raises
    ------
    OptionError
        If the minima add up to more than n, n is more than the population, a name is unknown, or a number is out of its range.

    Notes
    -----
    Source: Cochran (1977), sections 5.5 and 5.9; power allocation Bankier (1988), The American Statistician 42.

    Examples
    --------
    >>> import prevalence as pv
    >>> shares = pv.plan.allocate({"North": 90_000, "South": 10_000}, 1_000, method="square-root", minimum=300)
    >>> dict(zip(shares.stratum, shares.n.tolist()))
    {'North': 700, 'South': 300}
    """
    check_option("method", method, METHODS)
    names = tuple(populations)
    sizes = _values("populations", populations, names)
    check_above("n", n, 1, equal=True)
    if n > sizes.sum():
        raise OptionError(
            f"n must not exceed the population of {sizes.sum():,.0f}; found {n:,}. Take everybody, or a smaller sample."
        )
    measure = _measure(method, sizes, exponent, _named("sd", sd, names, method == "neyman"), _named("cost", cost, names, False))
    group = {name: (domains or {}).get(name, name) for name in names}
    if domains is not None:
        _known("domains", domains, names)
        _values_missing("domains", [name for name in names if name not in domains])
    labels = tuple(dict.fromkeys(group.values()))
    code = np.array([labels.index(group[name]) for name in names], dtype=np.int64)
    low = _minimum(minimum, labels)
    exact = _two_level(measure, sizes, code, low, float(n))
    whole = _rounded(exact, sizes, n)
    with np.errstate(divide="ignore"):
        weight = np.where(whole > 0, sizes / whole, np.nan)
    return Allocation(
        stratum=names,
        population=sizes,
        n=whole,
        fraction=whole / sizes,
        weight=weight,
        total=int(whole.sum()),
        method=method,
        deff_weighting=float(n * np.nansum(whole * weight**2) / np.nansum(whole * weight) ** 2),
    )


def bounded(measure: Floats, low: Floats, high: Floats, total: float) -> Floats:
    """Return shares of `total` proportional to `measure`, except where they would leave [low, high]."""
    bottom, top = 0.0, 1.0
    while np.clip(top * measure, low, high).sum() < min(total, high.sum()) * (1 - 1e-12):
        top *= 2
    for _ in range(HALVINGS):
        middle = (bottom + top) / 2
        bottom, top = (middle, top) if np.clip(middle * measure, low, high).sum() < total else (bottom, middle)
    return np.clip(top * measure, low, high)


def _two_level(measure: Floats, sizes: Floats, code: Ints, low: Floats, n: float) -> Floats:
    """Return the shares of strata: domains within their minima first, then the strata of each domain."""
    capacity = weighted_counts(code, sizes, len(low))
    if (low > capacity).any():
        raise OptionError("minimum must not exceed the population of a stratum or domain; found a larger one. Lower it.")
    if low.sum() > n:
        raise OptionError(f"minimum asks for {low.sum():,.0f} in all, more than n = {n:,.0f}. Lower it, or raise n.")
    of_domain = bounded(weighted_counts(code, measure, len(low)), low, capacity, n)
    shares = np.zeros(len(sizes))
    for domain, wanted in enumerate(of_domain.tolist()):
        inside = code == domain
        shares[inside] = bounded(measure[inside], np.zeros(int(inside.sum())), sizes[inside], wanted)
    return shares


def _rounded(exact: Floats, sizes: Floats, n: int) -> Ints:
    """Return whole numbers that add up to n by largest remainders; n stays below the sizes where they are whole numbers."""
    noise = 1e-9
    whole = np.floor(exact + noise).astype(np.int64)
    room = whole + 1 <= sizes
    order = np.argsort(-np.where(room, exact - whole, -1.0), kind="stable")
    whole[order[: max(n - int(whole.sum()), 0)]] += 1
    return whole


def _measure(method: str, sizes: Floats, exponent: float, sd: Floats | None, cost: Floats | None) -> Floats:
    powers = {"proportional": 1.0, "square-root": 0.5, "power": exponent, "neyman": 1.0, "equal": 0.0}
    if not 0 <= exponent <= 1:
        raise OptionError(f"exponent must lie between 0 (equal) and 1 (proportional); found {exponent!r}.")
    measure: Floats = sizes ** powers[method]
    if method == "neyman" and sd is not None:
        measure = measure * sd / (1.0 if cost is None else np.sqrt(cost))
    return measure


def _minimum(minimum: float | Mapping[str, float], labels: tuple[str, ...]) -> Floats:
    if isinstance(minimum, Mapping):
        _known("minimum", minimum, labels)
        given = [float(minimum.get(label, 0)) for label in labels]
    else:
        given = [float(minimum)] * len(labels)
    for value in given:
        check_above("minimum", value, 0, equal=True)
    return np.array(given)


def _named(what: str, values: Mapping[str, float] | None, names: tuple[str, ...], needed: bool) -> Floats | None:
    if values is None:
        if needed:
            raise OptionError(
                f"method 'neyman' needs {what}=, the standard deviation of each stratum: sqrt(p (1 - p)) for a rate."
            )
        return None
    return _values(what, values, names)


def _values(what: str, values: Mapping[str, float], names: tuple[str, ...]) -> Floats:
    _known(what, values, names)
    _values_missing(what, [name for name in names if name not in values])
    found = np.array([float(values[name]) for name in names])
    wrong = [name for name, value in zip(names, found.tolist(), strict=True) if not (np.isfinite(value) and value > 0)]
    if wrong or not len(found):
        raise OptionError(f"{what} must be numbers above zero, at least one; not so for {listed(wrong) or 'none given'}.")
    return found


def _values_missing(what: str, missing: list[str]) -> None:
    if missing:
        raise OptionError(f"{what} must name every stratum; {len(missing)} are absent: {listed(missing)}.")


def _known(what: str, given: Mapping[str, object], names: tuple[str, ...]) -> None:
    for name in given:
        if name not in names:
            raise OptionError(f"{what} names {name!r}, which is no stratum or domain.{suggestion(str(name), names)}")
