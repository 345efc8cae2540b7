"""Questions about designs: how the sample was drawn or replicated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from oracles.cases import (
    APICLUS1,
    APICLUS2,
    APISTRAT,
    CENSUS,
    CROWD,
    HOSPITAL,
    MU284,
    SCD,
    STAGES,
    SYNTHETIC,
    THREE,
    ZONES,
    Case,
    Sample,
    columns,
    made,
    without_fpc,
)


def lonely() -> Iterator[Case]:
    """Strata of a single unit."""
    alone = Sample(name="lonely", data="synthetic_lonely", weight="w", stratum=["stratum"], psu=["psu"])
    for rule in ("certainty", "adjust", "average"):
        sample = replace(alone, name=f"lonely, {rule}", lonely=rule)
        for ask, y in (("prevalence", "y"), ("mean", "hours"), ("total", "x")):
            yield Case(function=f"lonely: {rule}", sample=sample, ask=ask, y=y)
        yield Case(function=f"lonely: {rule}", sample=sample, ask="prevalence", y="y", domain={"region": "North"})
        finite = replace(sample, name=f"lonely, {rule}, fractions", fpc="fraction")
        yield Case(function=f"lonely: {rule}", sample=finite, ask="mean", y="hours")
    for rule in ("adjust", "average"):
        within = replace(SYNTHETIC, name=f"synthetic, {rule}, domains too", lonely=rule, lonely_domains=True)
        for domain in ({"chain_mining": 1}, {"chain_cocoa": 1}):
            yield Case(function="lonely in a domain", sample=within, ask="prevalence", y="y", domain=domain)
    alone = Sample(
        name="stages, lonely", data="stages_lonely", weight="w", stratum=["stratum"], psu=["area"], fpc="N1", lonely="average"
    )
    blocks = replace(alone, later=[{"unit": "block", "stratum": "zone", "fpc": "N2_zone"}])
    yield Case(function="lonely in a later stage", sample=blocks, ask="prevalence", y="y", right={})


def stages() -> Iterator[Case]:
    """Several stages of selection, each with its correction."""
    for ask, y, x in (("mean", "api00", None), ("total", "enroll", None), ("ratio", "api_stu", "enroll")):
        yield Case(function="two stages", sample=APICLUS2, ask=ask, y=y, x=x)
    yield Case(function="two stages", sample=APICLUS2, ask="mean", y="api00", domain={"stype": "E"})
    for ask in ("mean", "total"):
        yield Case(function="two stages", sample=MU284, ask=ask, y="y1")
    for sample, function in ((STAGES, "two stages"), (THREE, "three stages"), (ZONES, "strata in later stages")):
        yield Case(function=function, sample=sample, ask="total", y="x")
        yield Case(function=function, sample=sample, ask="prevalence", y="y")
        yield Case(function=function, sample=sample, ask="mean", y="hours", domain={"sex": "Female"})


def replicate_columns() -> Iterator[Case]:
    """Replicate weights that come with a file."""
    jkn = [n / (n + 1) for n in (3, 4, 5) for _ in range(n + 1)]
    for mse in (False, True):
        brr = columns(SCD, "BRR", "brr", 4, mse=mse)
        yield Case(function="replicates: BRR", sample=brr, ask="ratio", y="alive", x="arrests")
        yield Case(function="replicates: BRR", sample=brr, ask="total", y="alive")
        fay = columns(CROWD, "Fay", "fay", 4, rho=0.3, mse=mse)
        yield Case(function="replicates: Fay", sample=fay, ask="ratio", y="person", x="rooms")
        yield Case(function="replicates: Fay", sample=fay, ask="total", y="person")
        for kind, sample in (
            ("JK1", columns(CROWD, "JK1", "jka", 6, mse=mse)),
            ("JK2", columns(CROWD, "JK2", "jk_two", 3, mse=mse)),
            ("JKn", columns(CROWD, "JKn", "jkn", 6, rscales=[0.5] * 6, mse=mse)),
        ):
            yield Case(function=f"replicates: {kind}", sample=sample, ask="ratio", y="person", x="rooms")
            yield Case(function=f"replicates: {kind}", sample=sample, ask="mean", y="rooms")
        hospital = columns(HOSPITAL, "JKn", "jkn", 15, rscales=jkn, mse=mse)
        yield Case(function="replicates: JKn", sample=hospital, ask="total", y="births")
        yield Case(function="replicates: JKn", sample=hospital, ask="mean", y="busy")
        bootstrap = columns(SYNTHETIC, "bootstrap", "boot", 60, mse=mse)
        sdr = columns(SYNTHETIC, "SDR", "sdr", 40, mse=mse)
        for kind, sample in (("bootstrap", bootstrap), ("SDR", sdr)):
            yield Case(function=f"replicates: {kind}", sample=sample, ask="mean", y="hours")
            yield Case(function=f"replicates: {kind}", sample=sample, ask="total", y="x")
            yield Case(function=f"replicates: {kind}", sample=sample, ask="prevalence", y="y", domain={"region": "North"})
    yield Case(
        function="replicates: bootstrap",
        sample=columns(SYNTHETIC, "bootstrap", "wboot", 60, combined=True),
        ask="mean",
        y="hours",
    )
    lost = columns(SYNTHETIC, "bootstrap", "boot", 60)
    yield Case(function="replicates without the domain", sample=lost, ask="prevalence", y="y", domain={"chain_mining": 1})


DRAWN = 0.035
"""Three Monte Carlo errors, 1 / sqrt(2 R), of the standard error of 4,000 bootstrap replicates."""


def made_replicates() -> Iterator[Case]:
    """Replicates made from strata and units."""
    for sample in (without_fpc(APICLUS1), APICLUS1):
        jk1 = made(sample, "JK1")
        for ask, y, x in (("mean", "api00", None), ("total", "enroll", None), ("ratio", "api_stu", "enroll")):
            yield Case(function="made: JK1", sample=jk1, ask=ask, y=y, x=x)
    for sample in (
        without_fpc(APISTRAT),
        replace(SYNTHETIC, name="synthetic"),
        CROWD,
        replace(HOSPITAL, name="hospital, no fpc", fpc=None),
    ):
        jkn = made(sample, "JKn")
        for ask, y in {
            "apistrat": (("mean", "api00"), ("total", "enroll")),
            "crowd": (("mean", "rooms"), ("total", "person")),
        }.get(sample.data, (("mean", "births"),) if sample.data == "hospital" else (("mean", "hours"), ("total", "x"))):
            yield Case(function="made: JKn", sample=jkn, ask=ask, y=y)
    full = made(CENSUS, "JKn")
    told = replace(full, name=f"{full.name}, mse", made={**(full.made or {}), "mse": True})
    yield Case(function="made: JKn", sample=told, ask="total", y="x", right={"drop_replicates": False})
    for method, rho in (("BRR", None), ("Fay", 0.3)):
        halves = made(CROWD, method, rho=rho)
        yield Case(function=f"made: {method}", sample=halves, ask="total", y="person")
        many = made(Sample(name="pairs", data="pairs", weight="w", stratum=["h"], psu=["unit"]), method, rho=rho)
        yield Case(function=f"made: {method}", sample=many, ask="total", y="y")
    for sample in (SYNTHETIC, without_fpc(APICLUS1)):
        y = "x" if sample is SYNTHETIC else "enroll"
        yield Case(
            function="made: bootstrap",
            sample=made(sample, "bootstrap", n=4000, seed=20250620),
            ask="total",
            y=y,
            right={"linearised": True},
            tolerance=DRAWN,
        )


def phases() -> Iterator[Case]:
    """A second sample drawn from the first."""
    first = {"weight": "w1", "psu": ["unit1"], "fpc": "fpc1"}
    for data, stratum in (("two_phase_schools", ["h"]), ("two_phase_districts", ["h"]), ("two_phase_mu284", [])):
        told = {"subset": "in2", "stratum": "g", "unit": "unit2", "method": "full"}
        sample = Sample(name=data.replace("_", " "), data=data, stratum=stratum, phases=told, **first)
        y, x = ("y1", "one") if data.endswith("mu284") else ("api_stu", "enroll")
        for ask, denominator in (("total", None), ("ratio", x)):
            yield Case(function="two phases", sample=sample, ask=ask, y=y, x=denominator)
        if stratum:
            yield Case(function="two phases", sample=sample, ask="ratio", y=y, x=x, domain={"stype": "E"})
            shuffled = replace(sample, name=f"{sample.name}, other order", data=f"{data}_shuffled")
            yield Case(function="two phases", sample=shuffled, ask="total", y=y, right={"data": data})


def unequal() -> Iterator[Case]:
    """Units drawn with unequal probabilities, without replacement."""
    for name, data, stratum in (("election", "election_pps", []), ("election, strata", "election_systematic", ["stratum"])):
        base = Sample(name=name, data=data, weight="w", stratum=stratum, psu=["row"], fpc="p")
        for selection in ("brewer", "hartley-rao", "hartley-rao-ht"):
            sample = replace(base, name=f"{name}, {selection}", selection=selection)
            yield Case(function="unequal probabilities", sample=sample, ask="total", y="Bush")
            yield Case(function="unequal probabilities", sample=sample, ask="ratio", y="Bush", x="votes")
    shuffled = Sample(
        name="brewer, rows in another order", data="brewer_shuffled", weight="w", psu=["id"], fpc="p", selection="brewer"
    )
    yield Case(function="unequal probabilities", sample=shuffled, ask="total", y="y", right={"data": "brewer_sorted"})


def ordered() -> Iterator[Case]:
    """Systematic samples, whose order says who is a neighbour."""
    base = Sample(name="election, order", data="election_systematic", weight="w", stratum=["stratum"], psu=["row"])
    for selection in ("successive-differences", "collapsed-pairs"):
        sample = replace(base, name=f"election, {selection}", selection=selection, order="order")
        yield Case(function="systematic order", sample=sample, ask="total", y="Bush")
        yield Case(function="systematic order", sample=sample, ask="ratio", y="Bush", x="votes")


ALL = (lonely, stages, replicate_columns, made_replicates, phases, unequal, ordered)
