"""Questions about statistics: what is estimated, and how far it may be off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from oracles.cases import (
    API,
    APICLUS1,
    APISRS,
    APISTRAT,
    CENSUS,
    CHILDREN,
    CROWD,
    HOSPITAL,
    NHANES,
    SYNTHETIC,
    YRBS,
    Case,
    Levels,
    Sample,
    columns,
    without_fpc,
)


def linear() -> Iterator[Case]:
    """Means, proportions, totals and ratios of everybody."""
    for sample in (*API, without_fpc(APICLUS1), without_fpc(APISTRAT)):
        yield Case(function="mean", sample=sample, ask="mean", y="api00")
        yield Case(function="proportion", sample=sample, ask="prevalence", y="met_school")
        yield Case(function="total", sample=sample, ask="total", y="enroll")
        yield Case(function="ratio", sample=sample, ask="ratio", y="api_stu", x="enroll")
    for sample, y in ((NHANES, "HI_CHOL"), (SYNTHETIC, "y"), (YRBS, "never_helmet"), (CHILDREN, "child_labour")):
        yield Case(function="proportion", sample=sample, ask="prevalence", y=y)
        yield Case(function="total", sample=sample, ask="total", y=y)
    yield Case(function="mean", sample=SYNTHETIC, ask="mean", y="hours")
    yield Case(function="ratio", sample=SYNTHETIC, ask="ratio", y="x", x="hours")
    for sample in (HOSPITAL, replace(HOSPITAL, name="hospital, no fpc", fpc=None)):
        yield Case(function="finite population", sample=sample, ask="total", y="births")
        yield Case(function="finite population", sample=sample, ask="ratio", y="births", x="busy")
    for y, ask in (("y", "prevalence"), ("x", "total"), ("hours", "mean")):
        yield Case(function="finite population", sample=CENSUS, ask=ask, y=y)
    fractions = replace(APISTRAT, name="apistrat, fractions", fpc="fraction")
    yield Case(function="finite population", sample=fractions, ask="total", y="enroll")


def distributions() -> Iterator[Case]:
    """Shares of the levels of a category."""
    for sample in API:
        for level in ("E", "H"):
            yield Case(function="distribution", sample=sample, ask="distribution", y="stype", options={"level": level})
    for level in (1, 4):
        yield Case(function="distribution", sample=NHANES, ask="distribution", y="race", options={"level": level})
    for level in ("5-11", "15-17"):
        for sample in (SYNTHETIC, columns(SYNTHETIC, "SDR", "sdr", 40)):
            yield Case(function="distribution", sample=sample, ask="distribution", y="age_group", options={"level": level})
        asked = Case(function="distribution", sample=SYNTHETIC, ask="distribution", y="age_group", options={"level": level})
        yield replace(asked, domain={"region": "North"})


def domains() -> Iterator[Case]:
    """Estimates of domains that keep the design."""
    for sample in API:
        for domain in ({"stype": "E"}, {"stype": "H"}, {"comparable_met": "No"}):
            yield Case(function="domain", sample=sample, ask="mean", y="api00", domain=domain)
            yield Case(function="domain", sample=sample, ask="total", y="enroll", domain=domain)
    for race in (1, 4):
        yield Case(function="domain", sample=NHANES, ask="prevalence", y="HI_CHOL", domain={"race": race})
    yield Case(function="domain", sample=NHANES, ask="prevalence", y="HI_CHOL", domain={"race": 3, "RIAGENDR": 2})
    for domain in ({"region": "North"}, {"chain_cocoa": 1}, {"chain_mining": 1}):
        yield Case(function="domain", sample=SYNTHETIC, ask="prevalence", y="y", domain=domain)
        yield Case(function="domain", sample=SYNTHETIC, ask="total", y="y", domain=domain)
        yield Case(function="domain", sample=SYNTHETIC, ask="ratio", y="x", x="hours", domain=domain)
    for domain in ({"chain_cocoa": 1}, {"chain_mining": 1}, {"country": "XAA"}):
        yield Case(function="domain", sample=CHILDREN, ask="prevalence", y="child_labour", domain=domain)


def differences() -> Iterator[Case]:
    """Differences and ratios of two domains, covariance included."""
    asked = (
        (APICLUS1, "mean", "api00", "stype", "E", "H"),
        (without_fpc(APICLUS1), "prevalence", "met_school", "stype", "E", "M"),
        (APISTRAT, "mean", "api00", "year_round", "Yes", "No"),
        (NHANES, "prevalence", "HI_CHOL", "race", 1, 3),
        (NHANES, "prevalence", "HI_CHOL", "RIAGENDR", 1, 2),
        (SYNTHETIC, "prevalence", "y", "sex", "Female", "Male"),
        (CHILDREN, "prevalence", "child_labour", "sex", "Female", "Male"),
    )
    for sample, of, y, dimension, a, b in asked:
        options = {"of": of, "dimension": dimension, "a": a, "b": b}
        yield Case(function="difference", sample=sample, ask="difference", y=y, options=options)
        yield Case(function="ratio of domains", sample=sample, ask="relative", y=y, options=options)
    for chain in ("chain_cocoa", "chain_garment"):
        options = {"of": "prevalence", "dimension": chain, "a": 1, "b": "All"}
        yield Case(function="domain less everybody", sample=CHILDREN, ask="difference", y="child_labour", options=options)
    options = {"of": "prevalence", "dimension": "g", "a": "a", "b": "b"}
    holes = Sample(name="holes", data="holes", weight="w", psu=["psu"])
    yield Case(
        function="difference",
        sample=holes,
        ask="difference",
        y="y",
        options=options,
        route={"na_rm": True},
        right={"na_rm": False},
    )


def freedom() -> Iterator[Case]:
    """Degrees of freedom of designs and domains."""
    places = (
        (APICLUS1, "met_school", {}),
        (APISTRAT, "met_school", {}),
        (NHANES, "HI_CHOL", {}),
        (SYNTHETIC, "y", {}),
        (CHILDREN, "child_labour", {}),
        (APICLUS1, "met_school", {"stype": "H"}),
        (NHANES, "HI_CHOL", {"race": 4}),
        (SYNTHETIC, "y", {"chain_cocoa": 1}),
        (SYNTHETIC, "y", {"chain_mining": 1}),
        (CHILDREN, "child_labour", {"chain_mining": 1}),
    )
    for sample, y, domain in places:
        yield Case(function="degrees of freedom", sample=sample, ask="df", y=y, domain=domain)
    for sample, y in (
        (columns(CROWD, "JK1", "jka", 6), "overcrowded"),
        (columns(CROWD, "JKn", "jkn", 6, rscales=[0.5] * 6), "overcrowded"),
        (columns(CROWD, "BRR", "brr", 4), "overcrowded"),
        (columns(SYNTHETIC, "bootstrap", "boot", 60), "y"),
        (columns(SYNTHETIC, "SDR", "sdr", 40), "y"),
    ):
        yield Case(function="degrees of freedom: replicates", sample=sample, ask="df", y=y)


def quantiles() -> Iterator[Case]:
    """Quantiles by R's rule "math", with Woodruff limits."""
    for sample in (*API, without_fpc(APICLUS1)):
        for p in (0.1, 0.5, 0.9):
            right = {"scaled": True} if sample is APISRS else None
            yield Case(function="quantile", sample=sample, ask="quantile", y="api00", options={"p": p}, right=right)
    for p in (0.25, 0.5):
        yield Case(function="quantile", sample=SYNTHETIC, ask="quantile", y="hours", options={"p": p})
        yield Case(function="quantile", sample=SYNTHETIC, ask="quantile", y="hours", domain={"sex": "Female"}, options={"p": p})
        yield Case(function="quantile", sample=APISTRAT, ask="quantile", y="api00", domain={"stype": "H"}, options={"p": p})
        for sample in (columns(SYNTHETIC, "SDR", "sdr", 40), columns(SYNTHETIC, "bootstrap", "boot", 60)):
            yield Case(function="quantile: replicates", sample=sample, ask="quantile", y="hours", options={"p": p})


def definitions() -> Iterator[Case]:
    """Quantiles by other definitions."""
    for rule in ("school", "hf2", "hf4", "hf5", "hf6", "hf7", "hf8"):
        for sample in (without_fpc(APICLUS1), APISTRAT):
            options = {"p": 0.3, "rule": rule}
            yield Case(function="quantile: other definitions", sample=sample, ask="quantile", y="api00", options=options)


def tables() -> Iterator[Case]:
    """Tests of independence in two-way tables."""
    places = ((APISTRAT, "stype", "met_school"), (APICLUS1, "stype", "met_school"), (APISRS, "stype", "comparable_met"))
    places = (*places, (NHANES, "race", "agecat"), (SYNTHETIC, "sex", "attends"))
    for sample, first, second in places:
        for statistic in ("F", "Chisq", "Wald", "adjWald"):
            yield Case(function="table test", sample=sample, ask="table", y=first, x=second, options={"statistic": statistic})
    for statistic in ("F", "Chisq"):
        missing = Case(function="table test", sample=NHANES, ask="table", y="race", x="HI_CHOL", options={"statistic": statistic})
        yield replace(missing, route={"na_rm": True}, right={"na_rm": False})
    for sample in (columns(SYNTHETIC, "SDR", "sdr", 40), columns(SYNTHETIC, "bootstrap", "boot", 60)):
        for statistic in ("F", "Chisq", "adjWald"):
            options = {"statistic": statistic}
            yield Case(function="table test: replicates", sample=sample, ask="table", y="sex", x="attends", options=options)


def joint() -> Iterator[Case]:
    """Whether the means of all groups are equal."""
    places = ((APISTRAT, "api00", "stype"), (APICLUS1, "api00", "stype"), (NHANES, "HI_CHOL", "race"), (SYNTHETIC, "y", "region"))
    for sample, y, group in places:
        options = {"of": "mean", "dimension": group}
        yield Case(function="joint test", sample=sample, ask="joint", y=y, options=options, right={"adjusted": True})


def t_tests() -> Iterator[Case]:
    """Tests of a mean against 0, and of two means."""
    for sample in API:
        yield Case(function="t test", sample=sample, ask="t_test", y="api00", options={"group": "high"})
        yield Case(function="t test", sample=sample, ask="t_test", y="gain")
    yield Case(function="t test", sample=NHANES, ask="t_test", y="HI_CHOL", options={"group": "over59"})


def design_effects() -> Iterator[Case]:
    """Variances over those of simple random samples with and without replacement."""
    for sample in API:
        for reference in ("wr", "wor"):
            for ask, y in (("mean", "api00"), ("prevalence", "met_school"), ("total", "enroll")):
                yield Case(function="design effect", sample=sample, ask="deff", y=y, options={"of": ask, "reference": reference})
        domain = {"stype": "H"}
        yield Case(
            function="design effect",
            sample=sample,
            ask="deff",
            y="api00",
            domain=domain,
            options={"of": "mean", "reference": "wr"},
        )
    normalised = replace(without_fpc(APICLUS1), name="apiclus1, normalised", weight="normalised")
    for reference in ("wr", "wor"):
        yield Case(
            function="design effect", sample=normalised, ask="deff", y="api00", options={"of": "mean", "reference": reference}
        )


METHODS = ("logit", "beta", "korn-graubard", "wilson", "asin", "likelihood", "wald")


def intervals() -> Iterator[Case]:
    """Limits of a proportion by each method, and of means and totals."""
    places: tuple[tuple[Sample, str, Levels], ...] = (
        (APISTRAT, "met_school", {}),
        (APICLUS1, "met_school", {}),
        (NHANES, "HI_CHOL", {}),
        (NHANES, "HI_CHOL", {"race": 4}),
        (CHILDREN, "child_labour", {"chain_mining": 1}),
        (APICLUS1, "met_school", {"stype": "H"}),
    )
    for sample, y, domain in places:
        for method in METHODS:
            right = {"likelihood": {"exact": True}, "asin": {"inside": True}}.get(method)
            asked = Case(
                function=f"interval: {method}", sample=sample, ask="interval", y=y, domain=domain, options={"method": method}
            )
            yield replace(asked, right=right)
    for method in METHODS:
        edge = Case(
            function="interval at 0",
            sample=SYNTHETIC,
            ask="interval",
            y="rare",
            domain={"region": "South"},
            options={"method": method},
            right={},
        )
        yield edge
    for sample in API:
        for ask, y in (("mean", "api00"), ("total", "enroll")):
            yield Case(
                function="interval: t",
                sample=sample,
                ask="interval",
                y=y,
                options={"method": "t", "of": ask},
                route={"df": "inf"},
                right={"df": "design"},
            )
    yield Case(
        function="interval: beta",
        sample=SYNTHETIC,
        ask="interval",
        y="attends",
        options={"method": "beta"},
        route={"zeros": True},
        right={"zeros": False},
    )


STANDARD = {"(0,19]": 55901, "(19,39]": 77670, "(39,59]": 72816, "(59,Inf]": 45364}


def others() -> Iterator[Case]:
    """Standardised rates and multiply imputed data."""
    for domain in ({}, {"RIAGENDR": 1}):
        yield Case(
            function="standardised",
            sample=NHANES,
            ask="standardised",
            y="HI_CHOL",
            domain=domain,
            options={"over": "agecat", "standard": STANDARD},
        )
    options = {"over": "agecat", "standard": STANDARD}
    yield Case(
        function="standardised", sample=NHANES, ask="standardised", y="HI_CHOL", options=options, route={"by_weights": True}
    )
    for sample in (APISTRAT, APICLUS1):
        schools = {"over": "stype", "standard": {"E": 50, "H": 20, "M": 30}}
        yield Case(function="standardised", sample=sample, ask="standardised", y="met_school", options=schools)
    sides = {**options, "dimension": "RIAGENDR", "a": 1, "b": 2}
    yield Case(function="difference of standardised", sample=NHANES, ask="standardised", y="HI_CHOL", options=sides)
    ages = {"over": "age_group", "standard": {"5-11": 7, "12-14": 3, "15-17": 3}, "dimension": "sex", "a": "Female", "b": "Male"}
    yield Case(function="difference of standardised", sample=SYNTHETIC, ask="standardised", y="y", options=ages)
    filled = replace(NHANES, name="nhanes, five imputations", data="nhanes_filled")
    yield Case(
        function="multiple imputation", sample=filled, ask="imputed", y="filled", options={"m": 5}, right={"all_between": True}
    )


def edges() -> Iterator[Case]:
    """What is said where there is nothing to estimate, or R says something else."""
    yield Case(
        function="empty domain", sample=SYNTHETIC, ask="prevalence", y="y", domain={"region": "Nowhere"}, right={"nothing": True}
    )
    yield Case(
        function="domain in one unit", sample=SYNTHETIC, ask="interval", y="y", domain={"island": 1}, options={"method": "logit"}
    )
    whole = Case(
        function="fully sampled stratum",
        sample=CENSUS,
        ask="interval",
        y="y",
        domain={"stratum": "C3"},
        options={"method": "beta"},
    )
    yield replace(whole, right={})
    for sample, domain in ((APISTRAT, {}), (NHANES, {"race": 4}), (SYNTHETIC, {"stratum": "C3"})):
        y = {"apistrat": "met_school", "nhanes": "HI_CHOL", "synthetic": "y"}[sample.data]
        fitted = Case(
            function="interval: logit by iteration",
            sample=sample,
            ask="interval",
            y=y,
            domain=domain,
            options={"method": "logit"},
        )
        yield replace(fitted, route={"iterated": True}, right={"iterated": False})
    lowest = Case(function="quantile below the smallest share", sample=APISTRAT, ask="quantile", y="api00", options={"p": 0.002})
    yield replace(lowest, right={"smallest": True})
    factor = Case(
        function="factor", sample=APISTRAT, ask="interval", y="met_school", options={"method": "wald"}, route={"factor": True}
    )
    yield replace(factor, right={"factor": False})


ALL = (
    linear,
    distributions,
    domains,
    differences,
    freedom,
    quantiles,
    definitions,
    tables,
    t_tests,
    joint,
    design_effects,
    intervals,
    others,
    edges,
)
