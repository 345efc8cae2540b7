"""Sums of weights against sums by hand, whatever the scale of the weights, the engine and the way the estimates were made."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import prevalence as pv

ROUNDING = 1e-12
"""Sums of a few thousand weights in another order."""
PEOPLE = 4_500_000.0
SCALES: dict[str, dict[str, Any]] = {
    "people": {},
    "normalised": {"weight_scale": "normalised"},
    "normalised, people given": {"weight_scale": "normalised", "population": PEOPLE},
}

STATISTICS = ("prevalence", "mean", "ratio", "distribution", "quantile", "total")


def rows() -> pd.DataFrame:
    random = np.random.default_rng(41)
    size = 900
    y = pd.Series((random.random(size) < 0.3).astype(float)).mask(random.random(size) < 0.1)
    weight = random.lognormal(0, 0.6, size) * (random.random(size) > 0.05)
    return pd.DataFrame(
        {
            "w": weight / weight.mean(),
            "stratum": np.repeat(np.arange(6), size // 6),
            "ea": np.repeat(np.arange(30), size // 30),
            "sex": random.choice(["Female", "Male"], size),
            "age": random.choice(["5-11", "12-14", "15-17"], size),
            "y": y,
            "hours": random.gamma(2.0, 6.0, size),
        }
    )


def survey(data: Any = None, **changes: Any) -> pv.Survey:
    return pv.Survey(
        rows() if data is None else data, pv.Design(**({"weight": "w", "stratum": "stratum", "psu": "ea"} | changes))
    )


def by_hand(data: pd.DataFrame, levels: pd.DataFrame, weight: str = "w") -> list[float]:
    """Return the sum of weights of each row of levels, "All" being everyone."""
    found = []
    for _, level in levels.iterrows():
        part = data
        for name in ("sex", "age"):
            part = part if level[name] == "All" else part[part[name] == level[name]]
        found.append(float(part[weight].sum()))
    return found


@pytest.mark.parametrize(
    ("statistic", "scale"),
    [(s, n) for s in STATISTICS for n in SCALES if (s, n) != ("total", "normalised")],
)
def test_weighted_is_the_sum_of_the_weights_of_the_denominator(statistic: str, scale: str) -> None:
    asked = survey(**SCALES[scale])
    makers: dict[str, Callable[[], pv.Estimates]] = {
        "prevalence": lambda: pv.prevalence(asked, "y", by=["sex", "age"], margins=True),
        "total": lambda: pv.total(asked, "y", by=["sex", "age"], margins=True),
        "mean": lambda: pv.mean(asked, "hours", by=["sex", "age"], margins=True),
        "ratio": lambda: pv.ratio(asked, "y", "hours", by=["sex", "age"], margins=True),
        "distribution": lambda: pv.distribution(asked, "stratum", by=["sex", "age"], margins=True),
        "quantile": lambda: pv.quantile(asked, "hours", 0.5, by=["sex", "age"], margins=True),
    }
    table = makers[statistic]().to_pandas()
    known = rows().dropna(subset="y") if statistic in ("prevalence", "total", "ratio") else rows()
    assert table["weighted"].to_numpy() == pytest.approx(by_hand(known, table), rel=ROUNDING)
    if scale == "normalised":
        assert table["population"].isna().all()
    elif scale == "people":
        assert table["population"].tolist() == table["weighted"].tolist()
    else:
        factor = PEOPLE / rows()["w"].sum()
        assert table["population"].to_numpy() == pytest.approx(factor * table["weighted"].to_numpy(), rel=ROUNDING)


def test_the_sample_against_pandas() -> None:
    children = pv.classify.child_labour(pv.load("data/sample/children.sav", profile="sample-children"))
    table = pv.prevalence(children, "child_labour", by=["country", "area", "sex"], margins=True).to_pandas()
    data = children.data[children.data["child_labour"].notna()]
    for _, row in table.iterrows():
        part = data
        for name in ("country", "area", "sex"):
            part = part if row[name] == "All" else part[part[name] == row[name]]
        assert row["weighted"] == pytest.approx(part["fsweight"].sum(), rel=ROUNDING)
        assert row["n"] == len(part[part["fsweight"] > 0])
    assert table["population"].isna().all()


@pytest.mark.parametrize("keep", ["units", "moments"])
@pytest.mark.parametrize("frame", ["pandas", "polars", "lazy", "duckdb", "pyarrow"])
def test_every_engine_has_the_same_sums(frame: str, keep: str) -> None:
    data = rows()
    made: dict[str, Callable[[], Any]] = {
        "pandas": lambda: data,
        "polars": lambda: pl.from_pandas(data),
        "lazy": lambda: pl.from_pandas(data).lazy(),
        "duckdb": lambda: duckdb.from_df(data),
        "pyarrow": lambda: pa.Table.from_pandas(data),
    }
    asked = survey(made[frame](), weight_scale="normalised")
    table = pv.prevalence(asked, "y", by=["sex", "age"], margins=True, keep=keep).to_pandas()
    assert table["weighted"].to_numpy() == pytest.approx(by_hand(data.dropna(subset="y"), table), rel=ROUNDING)


def test_replicates_and_raked_weights() -> None:
    made = survey(weight_scale="normalised", replicates=pv.Replicates(method="JKn"))
    table = pv.prevalence(made, "y", by=["sex", "age"], margins=True).to_pandas()
    assert table["weighted"].to_numpy() == pytest.approx(by_hand(rows().dropna(subset="y"), table), rel=ROUNDING)
    margins = pd.DataFrame({"sex": ["Female", "Male"], "population": [480.0, 420.0]})
    raked = pv.weighting.post_stratify(survey(weight_scale="normalised"), margins=margins)
    shares = pv.mean(raked, "hours", by="sex", margins=True).to_pandas().set_index("sex")["weighted"]
    assert shares.to_dict() == pytest.approx({"Female": 480.0, "Male": 420.0, "All": 900.0}, rel=1e-9)


@pytest.mark.parametrize(("divide", "part"), [(True, 0.5), (False, 1.0)])
def test_pooled_rounds_count_with_the_weights_of_the_pool(divide: bool, part: float) -> None:
    first, second = rows(), rows().assign(w=rows()["w"] * 3)
    pooled = pv.weighting.pool(
        [survey(data, weight_scale="normalised") for data in (first, second)], names=["1", "2"], divide=divide
    )
    table = pv.prevalence(pooled, "y", by="round", margins=True).to_pandas().set_index("round")["weighted"]
    known = float(rows().dropna(subset="y")["w"].sum())
    assert table.to_dict() == pytest.approx({"1": part * known, "2": part * 3 * known, "All": part * 4 * known}, rel=ROUNDING)


def test_estimates_made_of_estimates() -> None:
    data = rows().assign(z=lambda each: each["y"].fillna(0.0), v=lambda each: each["y"].fillna(1.0))
    asked = survey(data, weight_scale="normalised")
    table = pv.prevalence(asked, "y", by=["sex", "age"], margins=True)
    for compared in (table.difference("sex", "Female", "Male"), table.relative("sex", "Female", "Male"), table.excess("age")):
        assert np.isnan(compared.numbers.weighted).all()
    cells = pv.prevalence(asked, "y", by=["sex", "age"])
    one = cells.standardised("age", {"5-11": 5.0, "12-14": 3.0, "15-17": 3.0})
    assert one.numbers.weighted == pytest.approx(rows().dropna(subset="y").groupby("sex")["w"].sum().to_numpy(), rel=ROUNDING)
    combined = pv.combine_imputations(pv.prevalence(asked, ["z", "v"], by="sex"), indicator="y")
    assert combined.numbers.weighted == pytest.approx(data.groupby("sex")["w"].sum().to_numpy(), rel=ROUNDING)


def test_files_have_it(tmp_path: Path) -> None:
    table = pv.prevalence(survey(weight_scale="normalised"), "y", by="sex", margins=True)
    expected = table.numbers.weighted.tolist()
    with table.to_csv(tmp_path / "a.csv").open(encoding="utf-8") as file:
        assert [float(row["weighted"]) for row in csv.DictReader(file)] == pytest.approx(expected, rel=ROUNDING)
    written = json.loads(table.to_json(tmp_path / "a.json").read_text(encoding="utf-8"))["estimates"]
    assert [row["weighted"] for row in written] == pytest.approx(expected, rel=ROUNDING)
    assert [row["population"] for row in written] == [None] * 3
    assert "weighted" in table._repr_html_()
