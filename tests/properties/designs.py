"""Draws random surveys: people in strata, areas, households, and every kind of design that these can be declared to come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

import prevalence as pv
from prevalence.design import Design, Replicates, Stage, TwoPhase
from prevalence.provenance import Codebook, Variable
from prevalence.survey import Family

DF_RULES = ("satterthwaite", "occupied", "own", "domain-strata", "design")
LONELY = ("certainty", "adjust", "average")
IMPUTATIONS = ("filled_1", "filled_2", "filled_3")
REPLICATES = 12
FILE_METHODS = ("JK1", "JK2", "JKn", "BRR", "Fay", "bootstrap", "SDR")

REGIONS = ("N", "S", "C", "islands")
"""Levels of the codebook: nobody lives on the islands, few in C."""

SEEDS = st.integers(0, 2**32 - 1)
CODEBOOK = Codebook({"region": Variable(levels={name: name for name in REGIONS})})
CHAINS = {
    "chain": Family(name="chain", members={"cocoa": "cocoa", "coffee": "coffee"}, exposure="household", denominator="households")
}


def survey_of(rows: Any, design: Design) -> pv.Survey:
    """Return a survey with the levels and families that all of these have."""
    return pv.Survey(rows, design, codebook=CODEBOOK, families=CHAINS)


def changed(survey: pv.Survey, **columns: Any) -> pv.Survey:
    """Return the survey with other columns."""
    return survey_of(survey.data.assign(**columns), survey.design)


def declared(survey: pv.Survey, **options: Any) -> pv.Survey:
    """Return the rows under a design with other options."""
    return survey_of(survey.data, replace(survey.design, **options))


def people(seed: int, *, fewest: int = 2, most: int = 4, strata: int = 4, largest: int = 3) -> pd.DataFrame:
    """Return rows of people nested in strata, areas (``ea``), household strata, households (``hh``).

    Parameters
    ----------
    seed : int
    fewest, most : int
        Units of a stratum, at the first stage.
    strata : int
        Most strata of the first stage.
    largest : int
        Most units of a stratum of a later stage; they have two at least.
    """
    rng = np.random.default_rng(seed)
    places = pd.DataFrame({"stratum": np.arange(rng.integers(1, strata + 1))})
    places = _below(rng, places, "ea", "1", fewest, most)
    places = _below(rng, places, "hstratum", "", 1, 2)
    places = _below(rng, places, "hh", "2s", 2, max(largest, 2))
    places = _below(rng, places, "person", "3", 2, max(largest, 2)).reset_index(drop=True)
    by_area = places.groupby("ea")["hh"].transform("nunique")
    places["count2"] = by_area + places["ea"].map(dict(enumerate(rng.integers(0, 4, places["ea"].max() + 1))))
    places["fraction2"] = by_area / places["count2"]
    of_area = rng.random(places["ea"].max() + 1)
    places["chance"] = np.where(of_area > 0.9, 1.0, np.round(0.05 + 0.6 * of_area, 3))[places["ea"]]
    places["position"] = rng.permutation(len(of_area))[places["ea"]]
    return _answers(rng, places)


def _below(rng: np.random.Generator, above: pd.DataFrame, name: str, stage: str, fewest: int, most: int) -> pd.DataFrame:
    """Return units within each row of `above`, with the number in its population and the fraction sampled, sometimes all."""
    count = rng.integers(fewest, most + 1, len(above))
    found = above.loc[np.repeat(above.index, count)].reset_index(drop=True)
    found[name] = np.arange(len(found))
    if stage:
        found[f"count{stage}"] = np.repeat(count + rng.integers(0, 7, len(above)) * (rng.random(len(above)) > 0.15), count)
        found[f"fraction{stage}"] = np.repeat(count, count) / found[f"count{stage}"]
    return found


def _answers(rng: np.random.Generator, rows: pd.DataFrame) -> pd.DataFrame:
    """Add weights, some of them zero, domains, and answers, some of them missing."""
    n = len(rows)
    area = rng.normal(0, 0.8, rows["ea"].max() + 1)[rows["ea"]]

    def some(share: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.asarray(rng.random(n) < share)

    def missing(values: Any) -> Any:
        return np.where(some(rng.choice([0.0, 0.1])), np.nan, values)

    likely = 1 / (1 + np.exp(-rng.choice([-3.5, -0.7, 2.5]) - area))
    y = some(likely).astype(float)
    hidden = some(0.1)
    heaped = rng.choice([0, 3])  # hours rounded to whole ones are often equal
    return rows.assign(
        w=rng.uniform(0.2, 5.0, n) * ~some(0.05) + (np.arange(n) == 0),
        sex=rng.choice(["Female", "Male"], n),
        region=np.where(some(0.05), None, rng.choice(REGIONS[:3], n, p=[0.6, 0.36, 0.04])),
        age=rng.choice(["5-11", "12-17"], n),
        status=np.where(some(0.1), None, rng.choice(["employee", "family", "own"], n, p=[0.5, 0.45, 0.05])),
        worker=some(0.6).astype(int),
        nobody=0,
        cocoa=some(0.3),
        coffee=np.where(some(0.1), np.nan, some(0.15)),
        y=missing(y),
        v=some(0.3).astype(float),
        z=missing(np.round(rng.normal(20, 4, n) + area, heaped)),
        x=np.round(rng.gamma(3, 5, n), heaped) * ~some(0.3),
        module=1,
        **{name: np.where(hidden, some(0.4), y) for name in IMPUTATIONS},
    )


def one_stage(rng: np.random.Generator, seed: int) -> pv.Survey:
    """Strata and areas, or neither, with and without a finite population correction, some strata of a single area."""
    lonely = str(rng.choice(["fail", *LONELY]))
    by_row = rng.random() < 0.2
    rows = people(seed, fewest=1 if lonely != "fail" else 2, most=5)
    fpc = None if by_row else rng.choice([None, "fraction1", "count1"])
    design = Design(
        weight="w",
        stratum="stratum" if rng.random() < 0.8 else None,
        psu=None if by_row else "ea",
        lonely_psu=lonely,
        lonely_domains=lonely in ("adjust", "average") and rng.random() < 0.4,
        df_rule=rng.choice(DF_RULES),
    )
    return survey_of(rows, replace(design, fpc=fpc) if design.strata else design)


def multistage(rng: np.random.Generator, seed: int) -> pv.Survey:
    """Two or three stages with corrections, later stages stratified or not."""
    kind = rng.choice(["fraction", "count"])
    stratified = rng.random() < 0.5
    second = f"{kind}2{'s' if stratified else ''}"
    stages = (
        Stage(unit="hh", stratum="hstratum" if stratified else None, fpc=second if rng.random() < 0.8 else None),
        Stage(unit="person", fpc=f"{kind}3" if rng.random() < 0.7 else None),
    )
    lonely = str(rng.choice(["fail", *LONELY]))
    design = Design(
        weight="w",
        stratum="stratum",
        psu="ea",
        fpc=f"{kind}1",
        later_stages=stages[: rng.integers(1, 3)],
        lonely_psu=lonely,
        df_rule=rng.choice(DF_RULES),
    )
    return survey_of(people(seed, fewest=1 if lonely != "fail" else 2, most=3, strata=3), design)


def selected(rng: np.random.Generator, seed: int) -> pv.Survey:
    """Areas drawn systematically or with unequal probabilities."""
    form = str(rng.choice(["successive-differences", "collapsed-pairs", "hartley-rao", "hartley-rao-ht", "brewer"]))
    ordered = form in ("successive-differences", "collapsed-pairs")
    design = Design(
        weight="w",
        stratum="stratum",
        psu="ea",
        fpc=rng.choice([None, "fraction1", "count1"]) if ordered else "chance",
        selection=form,
        order="position" if ordered else None,
        lonely_psu=rng.choice(["certainty", "adjust"]),
        df_rule=rng.choice(DF_RULES),
    )
    return survey_of(people(seed, most=5), design)


def two_phase(rng: np.random.Generator, seed: int) -> pv.Survey:
    """A sample of which some households, or people, were given a module."""
    unit = rng.choice([None, "hh"])
    rows = people(seed)
    label = np.arange(len(rows)) if unit is None else rows["hh"].to_numpy()
    group = rng.integers(0, 2, label.max() + 1)
    drawn = rng.random(label.max() + 1) < rng.choice([0.5, 0.9])
    for number in (0, 1):  # two units at least of each stratum
        drawn[np.flatnonzero(group == number)[:2]] = True
    able = rng.random(label.max() + 1) < 0.9
    able |= drawn
    rows = rows.assign(module=drawn[label].astype(int), group=np.where(able, group.astype(float), np.nan)[label])
    design = Design(
        weight="w",
        stratum="stratum",
        psu="ea",
        fpc=rng.choice([None, "fraction1"]),
        two_phase=TwoPhase(subset="module", stratum="group", unit=unit),
        lonely_psu=rng.choice(["certainty", "adjust"]),
        df_rule=rng.choice(DF_RULES),
    )
    return survey_of(rows, design)


def created(rng: np.random.Generator, seed: int) -> pv.Survey:
    """Replicates that the library makes from the areas."""
    method = str(rng.choice(["JK1", "JKn", "BRR", "Fay", "bootstrap"]))
    rows = people(seed, most=2 if method in ("BRR", "Fay") else 4, strata=1 if method == "JK1" else 4)
    made = Replicates(
        method=method,
        mse=bool(rng.random() < 0.5),
        fay_rho=0.3 if method == "Fay" else None,
        n=REPLICATES if method == "bootstrap" else None,
        seed=7 if method == "bootstrap" else None,
    )
    design = Design(weight="w", stratum="stratum", psu="ea", fpc=rng.choice([None, "fraction1"]), replicates=made)
    return survey_of(rows, replace(design, df_rule=rng.choice(DF_RULES)))


def of_a_file(rng: np.random.Generator, seed: int) -> pv.Survey:
    """Columns of replicate weights, areas named or not; some replicates leave whole areas out."""
    rows = people(seed)
    method = str(rng.choice(FILE_METHODS))
    combined = bool(rng.random() < 0.5)
    factor = rng.choice([0.0, 0.8, 1.0, 1.9], (rows["ea"].max() + 1, REPLICATES), p=[0.3, 0.2, 0.2, 0.3])[rows["ea"]]
    weights = factor * rows["w"].to_numpy()[:, None] if combined else factor
    weights *= (rows["w"].mean() if combined else 1) / weights.mean()  # else they would look like what they are not
    columns = {f"rep_{number:02d}": weights[:, number] for number in range(REPLICATES)}
    replicates = Replicates(
        columns="rep_*",
        method=method,
        combined=combined,
        mse=bool(rng.random() < 0.5),
        fay_rho=0.3 if method == "Fay" else None,
        rscales=[0.5] * REPLICATES if method == "JKn" else None,
    )
    known = rng.random() < 0.5
    design = Design(weight="w", stratum="stratum" if known else None, psu="ea" if known else None, replicates=replicates)
    return survey_of(rows.assign(**columns), replace(design, df_rule=rng.choice(DF_RULES)))


KINDS: dict[str, Callable[[np.random.Generator, int], pv.Survey]] = {
    "one-stage": one_stage,
    "multistage": multistage,
    "selected": selected,
    "two-phase": two_phase,
    "created": created,
    "file": of_a_file,
}


def drawn(kind: str, seed: int) -> pv.Survey:
    """Return the survey of a kind and a seed."""
    return KINDS[kind](np.random.default_rng([seed, 1]), seed)


def surveys(*kinds: str) -> st.SearchStrategy[pv.Survey]:
    """Return a strategy that draws a survey of one of the kinds, by default of any; a failure names kind and seed."""
    return st.builds(drawn, st.sampled_from(kinds or tuple(KINDS)), SEEDS)
