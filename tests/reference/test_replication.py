"""Replicate standard errors, covariances and degrees of freedom against R `survey` 4.1-1; replication.R wrote the numbers."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import reference
from prevalence.formulas import deviation, rank
from prevalence.formulas.deviation import Replicated
from prevalence.formulas.replication import factors
from prevalence.totals import Floats

REPLICATE = 1e-10
"""Same replicates, other order of summation; the deviations are small differences of large sums (DESIGN section 7)."""

DOCUMENT = json.loads((reference.FOLDER / "replication.json").read_text(encoding="utf-8"))
SAMPLES: dict[str, Any] = DOCUMENT["samples"]
POINTS = [record for record in DOCUMENT["replicated"] if record["statistic"] != "covariance"]
MATRICES = [record for record in DOCUMENT["replicated"] if record["statistic"] == "covariance"]

ALL_UNITS_OF_R = {"lonely_average_fraction": 26 / 25}
"""For ``average`` R multiplies by all units over units with a replicate: one of the 26 units is its whole stratum, and needs none."""


class Sums(NamedTuple):
    replicates: Floats
    full: Floats


def label(record: dict[str, Any]) -> str:
    domain = ",".join(f"{column}={value}" for column, value in (record.get("domain") or {}).items()) or "all"
    return f"{record['sample']}:{'mse:' if record['mse'] else ''}{record['statistic']}:{'/'.join(record['variables'])}:{domain}"


@cache
def columns(sample: str) -> tuple[Floats, Floats]:
    """Replicate weights of the rows, shape (rows, replicates), and their scales."""
    used = SAMPLES[sample]
    rows = reference.data(used["data"])
    weight = rows[used["weight"]].to_numpy(dtype=float)
    if "prefix" not in used:
        unit, made = created(sample)
        identity = sparse.csc_array(sparse.eye_array(unit.max() + 1, format="csc"))
        return made.sums(identity).T[unit] * weight[:, None], made.scales
    source = rows if used["units"] is None else reference.data(used["units"]).set_index("psu").loc[rows["psu"]]
    found = source.filter(regex=f"^{used['prefix']}[0-9]+$").to_numpy(dtype=float)
    scales = deviation.scales_of(
        used["method"], found.shape[1], scale=used["scale"], rscales=used["rscales"], fay_rho=used["fay_rho"]
    )
    assert (
        deviation.doubt(weight.mean(), found.mean() * (weight.mean() if used["combined"] else 1), combined=used["combined"]) == ""
    )
    return found * weight[:, None], scales


@cache
def created(sample: str) -> tuple[np.ndarray, Any]:
    """Units of the rows, and the replicates that are made from them."""
    used = SAMPLES[sample]
    rows = reference.data(used["data"])
    psu = rows.groupby(used["psu"], sort=True).ngroup() if used["psu"] else pd.Series(np.arange(len(rows)))
    stratum = rows.groupby(used["stratum"], sort=True).ngroup() if used["stratum"] else pd.Series(np.zeros(len(rows), dtype=int))
    units = pd.DataFrame({"psu": psu, "stratum": stratum}).drop_duplicates().sort_values("psu")
    sampled = units.groupby("stratum").size().to_numpy()
    fraction = np.zeros(len(sampled))
    if used["fpc"]:
        size = rows[used["fpc"]].groupby(stratum.to_numpy()).first().to_numpy(dtype=float)
        fraction = size if (size <= 1).all() else sampled / size
    strata = units["stratum"].to_numpy(dtype=np.int64)
    made = factors(used["method"], strata, sampled, fraction, lonely=used["lonely_psu"], fay_rho=used["fay_rho"])
    return psu.to_numpy(dtype=np.int64), made


def inside(record: dict[str, Any], domain: dict[str, Any] | None) -> np.ndarray:
    rows = reference.data(SAMPLES[record["sample"]]["data"])
    kept = rows[record["variables"]].notna().all(axis=1).to_numpy()
    for column, level in (domain or {}).items():
        kept = kept & (rows[column] == level).to_numpy()
    return kept


def sums(record: dict[str, Any], values: np.ndarray, kept: np.ndarray) -> Sums:
    """Sums over rows with columns of weights; over units where the replicates are made from them."""
    used = SAMPLES[record["sample"]]
    weight = reference.data(used["data"])[used["weight"]].to_numpy(dtype=float)
    summed = np.where(kept, np.nan_to_num(values), 0.0)
    full = np.array([summed @ weight])
    if "prefix" in used:
        return Sums((columns(record["sample"])[0].T @ summed)[:, None], full)
    unit, made = created(record["sample"])
    by_unit = np.bincount(unit, summed * weight)
    return Sums(made.sums(sparse.csc_array(by_unit[:, None])), full)


def replicated(record: dict[str, Any], kept: np.ndarray) -> Replicated:
    rows = reference.data(SAMPLES[record["sample"]]["data"])
    scales = columns(record["sample"])[1]
    y = sums(record, rows[record["variables"][0]].to_numpy(dtype=float), kept)
    if record["statistic"] == "total":
        return deviation.total(y.replicates, y.full, scales, mse=record["mse"])
    of_ratio = record["statistic"] == "ratio"
    x = sums(record, rows[record["variables"][1]].to_numpy(dtype=float) if of_ratio else np.ones(len(rows)), kept)
    return deviation.ratio(y.replicates, x.replicates, y.full, x.full, scales, mse=record["mse"], lost="drop")


@pytest.mark.parametrize("record", POINTS, ids=label)
def test_estimate_and_standard_error(record: dict[str, Any]) -> None:
    found = replicated(record, inside(record, record["domain"]))
    size = abs(record["estimate"])
    error = math.sqrt((found.scores**2).sum() * ALL_UNITS_OF_R.get(record["sample"], 1))
    assert abs(found.estimate[0] - record["estimate"]) <= REPLICATE * size
    assert abs(error - record["se"]) <= REPLICATE * max(size, record["se"])
    assert found.lost[0] == record["lost"]


@pytest.mark.parametrize("record", MATRICES, ids=label)
def test_covariance_of_domains(record: dict[str, Any]) -> None:
    found = [replicated(record, inside(record, cell)) for cell in record["cells"]]
    scores = np.column_stack([part.scores for part in found])
    np.testing.assert_allclose([part.estimate[0] for part in found], record["estimate"], rtol=REPLICATE)
    np.testing.assert_allclose(scores.T @ scores, record["covariance"], rtol=0, atol=REPLICATE * np.max(record["estimate"]) ** 2)


@pytest.mark.parametrize("sample", SAMPLES)
def test_degrees_of_freedom_are_the_rank_of_the_replicate_weights(sample: str) -> None:
    records = [record for record in POINTS if record["sample"] == sample]
    weights = columns(sample)[0]
    # A row may lie in several domains: each (domain, row) is a row of its own here, and each domain a cell.
    cell, row = np.nonzero([inside(record, record["domain"]) for record in records])
    members = sparse.csc_array(sparse.eye_array(len(records), format="csc"))
    assert rank.replicate_df(weights[row], cell, members).tolist() == [record["df"] for record in records]


def test_every_domain_that_r_lost_replicates_of_is_among_the_numbers() -> None:
    assert sum(record["lost"] > 0 for record in POINTS) > 20
