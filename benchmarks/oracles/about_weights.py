"""Questions about weights: fitted to population figures, adjusted, trimmed, of several rounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from oracles.cases import APICLUS1, APISTRAT, CROWD, SYNTHETIC, Case, Sample, made, without_fpc

TYPES = {"E": 4421, "H": 755, "M": 1018}
MET = {"0": 1072, "1": 5122}
SEXES = {"Female": 330_000, "Male": 321_000}
AGES = {"5-11": 380_000, "12-14": 140_000, "15-17": 131_000}
PLAIN = (("mean", "api00", None), ("total", "enroll", None), ("ratio", "api_stu", "enroll"))
FIGURES: dict[str, dict[str, Any]] = {
    "post-stratification": {"post_stratify": {"stype": TYPES}},
    "raking": {"rake": {"stype": TYPES, "met_school": MET}},
    "calibration": {"calibrate": {"categories": {"stype": TYPES}, "totals": {"api99": 3914069}}},
}
EXACT = {"as_calibration": True}
"""R's way to the residuals of raking."""


def asked_of(function: str, sample: Sample, right: Mapping[str, Any] | None = None, domain: bool = True) -> Iterator[Case]:
    """Yield a mean, a total, a ratio and the mean of a domain of schools."""
    for ask, y, x in PLAIN:
        yield Case(function=function, sample=sample, ask=ask, y=y, x=x, right=right)
    if domain:
        yield Case(function=function, sample=sample, ask="mean", y="api00", domain={"year_round": "Yes"}, right=right)


def fitted() -> Iterator[Case]:
    """Weights fitted to population figures, and the variance that follows from it."""
    for start in ("pw", "uneven"):
        base = replace(without_fpc(APICLUS1), name="apiclus1" if start == "pw" else "apiclus1, unequal weights", weight=start)
        finite = replace(base, name=f"{base.name}, fpc", fpc="fpc")
        for function, weighting in FIGURES.items():
            for sample in (base, finite):
                told = replace(sample, name=f"{sample.name}, {function}", weighting=weighting)
                yield from asked_of(function, told, EXACT if function == "raking" else None)


def bounded() -> Iterator[Case]:
    """Calibration whose ratios of weights stay within bounds, by three distances."""
    for method, bounds in (("linear", [0.6, 1.6]), ("logit", [0.5, 1.8]), ("raking", None)):
        told = {"categories": {"stype": TYPES}, "totals": {"api99": 3914069}, "method": method, "bounds": bounds}
        name = f"apiclus1, {method} distance"
        function = "calibration: logit and raking" if method != "linear" else "calibration: bounds"
        yield from asked_of(function, replace(without_fpc(APICLUS1), name=name, weighting={"calibrate": told}))


def together() -> Iterator[Case]:
    """One weight for all members of a unit, and two calibrations one after the other."""
    one = {**FIGURES["calibration"]["calibrate"], "household": "dnum", "method": "raking"}
    sample = replace(without_fpc(APICLUS1), name="apiclus1, one weight a district", weighting={"calibrate": one})
    yield from asked_of("calibration: one weight a unit", sample)
    twice = {**FIGURES["post-stratification"], "calibrate": {"categories": {"met_school": MET}, "totals": {"api99": 3914069}}}
    for start in ("pw", "uneven"):
        base = replace(without_fpc(APICLUS1), name=f"apiclus1, {start}, stype, then met_school", weight=start, weighting=twice)
        yield from asked_of("two calibrations", base, right={"last_first": True})


def replicated() -> Iterator[Case]:
    """Population figures met again in every replicate."""
    for function, weighting in FIGURES.items():
        jkn = made(replace(without_fpc(APISTRAT), name=f"apistrat, {function}"), "JKn", mse=True)
        yield from asked_of("fitted in every replicate", replace(jkn, weighting=weighting))


def producers() -> Iterator[Case]:
    """A file whose weights its producer post-stratified, the weights before beside them."""
    told = {"declare": {"base": "pw", "categories": {"stype": TYPES}}}
    for name, sample in (("apiclus1", without_fpc(APICLUS1)), ("apiclus1, fpc", APICLUS1)):
        file = replace(sample, name=f"{name}, calibrated by the producer", weight="fitted", weighting=told)
        yield from asked_of("calibrated by the producer", file)


def answered() -> Iterator[Case]:
    """Non-respondents whose weight passes to respondents of their class."""
    told = {"nonresponse": {"answered": "answered", "classes": "stype"}}
    for name, sample in (("apiclus1", without_fpc(APICLUS1)), ("apistrat", without_fpc(APISTRAT))):
        adjusted = replace(sample, name=f"{name}, non-response", weighting=told)
        for ask, y in (("mean", "api00_known"), ("total", "enroll_known")):
            yield Case(function="non-response", sample=adjusted, ask=ask, y=y, right={"both": True})


def trimmed() -> Iterator[Case]:
    """Weights cut at bounds, what was cut off shared among the others."""
    for share in ("equal", "proportional"):
        for bounds in ({"upper": 80}, {"upper": 90, "lower": 40}):
            told = {"trim": {"share": share, **bounds}}
            name = f"apiclus1, unequal weights, trimmed, {share}, {bounds}"
            sample = replace(without_fpc(APICLUS1), name=name, weight="uneven", weighting=told)
            yield from asked_of(f"trimming: {share}", sample, domain=False)


def unequal_weights() -> Iterator[Case]:
    """What unequal weights cost: n times the sum of their squares over the square of their sum (Kish)."""
    for sample in (replace(without_fpc(APICLUS1), name="apiclus1, unequal weights", weight="uneven"), SYNTHETIC, CROWD):
        yield Case(function="effect of the weights", sample=sample, ask="kish", y=sample.weight)


def rounds() -> Iterator[Case]:
    """Rounds of a rotating panel, whose common units are in every change."""
    panel = Sample(name="panel", data="pooled", weight="w", stratum=["stratum"], psu=["psu"], rounds="round")
    for ask, y in (("prevalence", "child_labour"), ("mean", "hours"), ("total", "hours")):
        yield Case(function="pooled rounds", sample=panel, ask=ask, y=y)
        yield Case(function="pooled rounds", sample=panel, ask=ask, y=y, domain={"sex": "Female"})
    for a, b in (("2023", "2022"), ("2024", "2023"), ("2024", "2022")):
        for of, y in (("prevalence", "child_labour"), ("mean", "hours")):
            options = {"of": of, "dimension": "round", "a": a, "b": b}
            yield Case(function="change between rounds", sample=panel, ask="difference", y=y, options=options)


ALL = (fitted, bounded, together, replicated, producers, answered, trimmed, unequal_weights, rounds)
