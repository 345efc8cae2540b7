"""A sample, and a question about it. Knows no package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

Levels = Mapping[str, Any]
AGREES = 1e-6
"""Relative differences below this are rounding, iteration or another order of summation."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A data frame and how it was drawn, in the words of `prevalence.Design`.

    Attributes
    ----------
    name, data : str
        Name of the sample, and of the frame in `frames.frames`.
    later : sequence of mapping
        Later stages: ``unit``, ``stratum``, ``fpc``.
    columns : mapping or None
        Replicate weights that come with the file: ``prefix, n, method, combined, rscales, rho, mse``.
    made : mapping or None
        Replicates made from the units: ``method, n, seed, rho``.
    weighting : mapping or None
        Steps of the weights in turn: ``post_stratify``, ``rake``, ``calibrate``, ``declare``, ``nonresponse``, ``trim``.
    phases : mapping or None
        ``subset, stratum, unit, method`` of the second phase.
    rounds : str or None
        Column of the rounds of a panel.
    """

    name: str
    data: str
    weight: str
    stratum: Sequence[str] = ()
    psu: Sequence[str] = ()
    fpc: str | None = None
    later: Sequence[Mapping[str, Any]] = ()
    lonely: str = "fail"
    lonely_domains: bool = False
    selection: str = "independent"
    order: str | None = None
    columns: Mapping[str, Any] | None = None
    made: Mapping[str, Any] | None = None
    weighting: Mapping[str, Any] | None = None
    phases: Mapping[str, Any] | None = None
    rounds: str | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """One question.

    Attributes
    ----------
    function : str
        Row of the page's table.
    ask : str
        ``mean, prevalence, total, ratio, distribution, difference, relative, quantile, table, t_test, joint, deff, kish, interval, df, standardised,
        imputed``.
    y, x : str
        Variable, and denominator or second variable.
    domain : mapping
        Levels that restrict the rows; the design keeps all.
    options : mapping
        Of the question: ``level, a, b, p, statistic, method, reference, rule, ...``.
    route, right : mapping or None
        How R is asked, where it has two ways; and the way that gives the right number where R's usual one does not. Empty: nobody is right, and this
        library is what the others are compared with.
    tolerance : float
        Larger where numbers are drawn.
    """

    function: str
    sample: Sample
    ask: str
    y: str
    x: str | None = None
    domain: Levels = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    route: Mapping[str, Any] = field(default_factory=dict)
    right: Mapping[str, Any] | None = None
    tolerance: float = AGREES

    @property
    def name(self) -> str:
        """Return the question in words: unique among all cases."""
        variable = f"{self.y} / {self.x}" if self.x and self.ask == "ratio" else " x ".join(v for v in (self.y, self.x) if v)
        inside = ", ".join(f"{column} = {level}" for column, level in self.domain.items())
        asked = ", ".join(f"{key} {value}" for key, value in self.options.items() if not isinstance(value, Mapping))
        routed = ", ".join(f"{key} {value}" for key, value in self.route.items())
        details = "; ".join(part for part in (inside, asked, routed) if part)
        return f"{self.sample.name}: {self.ask} {variable}" + (f" ({details})" if details else "")

    def as_json(self) -> dict[str, Any]:
        """Return the case for R."""
        return {**asdict(self), "name": self.name}


APISRS = Sample(name="apisrs", data="apisrs", weight="pw", fpc="fpc")
APISTRAT = Sample(name="apistrat", data="apistrat", weight="pw", stratum=["stype"], fpc="fpc")
APICLUS1 = Sample(name="apiclus1", data="apiclus1", weight="pw", psu=["dnum"], fpc="fpc")
APICLUS2 = Sample(
    name="apiclus2",
    data="apiclus2",
    weight="pw",
    psu=["dnum"],
    fpc="fpc1",
    later=[{"unit": "snum", "fpc": "fpc2"}],
    lonely="certainty",
)
NHANES = Sample(name="nhanes", data="nhanes", weight="WTMEC2YR", stratum=["SDMVSTRA"], psu=["SDMVSTRA", "SDMVPSU"])
SYNTHETIC = Sample(name="synthetic", data="synthetic", weight="w", stratum=["stratum"], psu=["psu"])
CENSUS = replace(SYNTHETIC, name="synthetic, fpc", fpc="fpc")
YRBS = Sample(name="yrbs", data="yrbs", weight="weight", stratum=["stratum"], psu=["stratum", "psu"])
CHILDREN = Sample(name="sample children", data="children", weight="w", stratum=["stratum"], psu=["psu"])
SCD = Sample(name="scd", data="scd", weight="w", stratum=["ESA"], psu=["ambulance2"])
CROWD = Sample(name="crowd", data="crowd", weight="weight", stratum=["stratum"], psu=["cluster"])
HOSPITAL = Sample(name="hospital", data="hospital", weight="weighta", stratum=["oblevel"], fpc="tothosp")
MU284 = Sample(name="mu284", data="mu284", weight="w", psu=["id1"], fpc="n1", later=[{"unit": "id2", "fpc": "n2"}])
STAGES = Sample(
    name="stages, two",
    data="stages",
    weight="w",
    stratum=["stratum"],
    psu=["area"],
    fpc="N1",
    later=[{"unit": "block", "fpc": "N2"}],
    lonely="certainty",
)
THREE = replace(STAGES, name="stages, three", later=[{"unit": "block", "fpc": "N2"}, {"unit": "household", "fpc": "N3"}])
ZONES = replace(STAGES, name="stages, strata within areas", later=[{"unit": "block", "stratum": "zone", "fpc": "N2_zone"}])
API = (APISRS, APISTRAT, APICLUS1)


def without_fpc(sample: Sample) -> Sample:
    """Return the sample as if drawn with replacement."""
    return replace(sample, name=f"{sample.name}, no fpc", fpc=None, later=())


def columns(sample: Sample, method: str, prefix: str, n: int, **more: Any) -> Sample:
    """Return a sample with replicate weights in columns and nothing else."""
    told = {"method": method, "prefix": prefix, "n": n, "combined": False, "mse": False, "rscales": None, "rho": None, **more}
    name = f"{sample.name}, {method} columns" + (", mse" if told["mse"] else "") + (", weights" if told["combined"] else "")
    return Sample(name=name, data=sample.data, weight=sample.weight, columns=told)


def made(sample: Sample, method: str, **more: Any) -> Sample:
    """Return a sample whose variance comes from replicates made of its units."""
    return replace(
        sample, name=f"{sample.name}, {method} made", made={"method": method, "n": None, "seed": None, "rho": None, **more}
    )
