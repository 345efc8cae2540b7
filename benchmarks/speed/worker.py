"""Times one tool in this process and prints median seconds and the peak of memory beyond the rows, as JSON."""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from people import DIMENSIONS, figures, people

Call = Callable[[], object]
MIB = 1024
REPLICATES = 500
MANY_UNITS = 20_000
"""Units, and so jackknife replicates, of the tools whose name ends so."""


def main() -> None:
    asked = json.loads(sys.argv[1])
    units = MANY_UNITS if asked["tool"].endswith(str(MANY_UNITS)) else asked["units"]
    rows = people(asked["rows"], asked["cells"], units)
    call = TOOLS[asked["tool"]](rows, list(DIMENSIONS[asked["cells"]]))
    del rows
    before = resident("VmRSS")
    times: list[float] = []
    peak = 0
    spent = time.perf_counter()
    for repeat in range(asked["repeats"] + 1):
        reset_peak()
        start = time.perf_counter()
        call()
        took = time.perf_counter() - start
        peak = max(peak, resident("VmHWM"))
        if (
            repeat or took > asked["limit"] / asked["repeats"]
        ):  # the first call imports; it counts where a second is not affordable
            times.append(took)
        if time.perf_counter() - spent > asked["limit"]:
            break
    print(json.dumps({"seconds": median(times), "peak_mib": (peak - before) / MIB}))


def resident(name: str) -> int:
    """Return a figure of memory in KiB, 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith(name + ":"))


def reset_peak() -> None:
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")


def ours(rows: Any, by: list[str], rake_to: dict[str, Any] | None = None, **design: Any) -> Call:
    import prevalence as pv

    start = pv.Survey(rows, pv.Design(weight="w", stratum="stratum", psu="ea", **design))
    sex = [level for level in ("level s1", "level s0", "s1", "s0", 1, 0) if level in set(people_levels(rows))]

    def call() -> None:
        survey = pv.weighting.rake(start, margins=rake_to) if rake_to else start
        table = pv.prevalence(survey, "y", by=by)
        other = table.ci(method="logit")
        gap = table.difference("sex", *sex)
        assert np.isfinite(table.limits.low).any() and np.isfinite(other.limits.low).any() and np.isfinite(gap.limits.low).any()

    return call


def people_levels(rows: Any) -> list[Any]:
    column = rows["sex"]
    return list(column.unique().to_list() if hasattr(column.unique(), "to_list") else column.unique())


def text_keys(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return rows.assign(**{name: name[0] + rows[name].astype(str) for name in [*by, "ea", "stratum"]})


def words(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return text_keys(rows, by).assign(**{name: "level " + name[0] + rows[name].astype(str) for name in by})


def categories(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    texts = text_keys(rows, by)
    outcome = rows["y"].astype("Int8").mask(np.random.default_rng(1).random(len(rows)) < 0.02)
    return texts.assign(y=outcome, **{name: texts[name].astype("category") for name in [*by, "ea", "stratum"]})


def replicated(rows: pd.DataFrame, by: list[str], **how: Any) -> Call:
    import prevalence as pv

    return ours(rows, by, replicates=pv.Replicates(**how))


def one_pass(rows: pd.DataFrame, by: list[str]) -> Call:
    """Read the rows once: totals by unit and cell, before any estimate."""
    import prevalence as pv
    from prevalence.aggregate import Outcome, aggregate

    survey = pv.Survey(rows, pv.Design(weight="w", stratum="stratum", psu="ea"))
    return lambda: aggregate(survey, [Outcome("y", binary=True)], [by])


def polars_frame(rows: pd.DataFrame) -> Any:
    import polars as pl

    return pl.from_pandas(rows)


def polars_group_by(rows: pd.DataFrame, keys: list[str]) -> Call:
    import polars as pl

    frame = polars_frame(rows)
    weighted = (pl.col("w") * pl.col("y")).sum().alias("wy")
    return lambda: frame.lazy().group_by(keys).agg(weighted, pl.col("w").sum()).collect()


def duckdb_group_by(rows: pd.DataFrame, keys: list[str]) -> Call:
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    connection.register("people", pa.Table.from_pandas(rows))
    names = ", ".join(keys)
    return lambda: connection.sql(f"select {names}, sum(w * y), sum(w) from people group by {names}").fetch_arrow_table()


def svy(rows: pd.DataFrame, by: list[str], step: str = "") -> Call:
    import polars as pl
    import svy as peer

    sample = peer.Sample(pl.from_pandas(rows.astype({"y": int})), peer.Design(stratum="stratum", psu="ea", wgt="w"))
    margins = figures(rows)
    steps: dict[str, Call] = {
        "JKn": lambda: sample.weighting.create_jk_wgts(),
        "bootstrap": lambda: sample.weighting.create_bs_wgts(n_reps=REPLICATES, rstate=1),
        "calibrated": lambda: sample.weighting.rake(controls=margins, tol=1e-10, max_iter=1000),
    }

    def call() -> None:
        ready: Any = steps[step]() if step in steps else sample
        how = {"method": "replication"} if step in ("JKn", "bootstrap") else {"deff": "wr"}
        ready.estimation.prop("y", by=by, **how)
        if step == "twice":
            ready.estimation.prop("y", by=by, ci_method="korn-graubard", **how)

    return call


def samplics(rows: pd.DataFrame, by: list[str]) -> Call:
    warnings.simplefilter("ignore")
    from samplics.estimation import TaylorEstimator
    from samplics.utils.types import PopParam

    cell = rows[by].astype(str).agg("-".join, axis=1)

    def call() -> None:
        peer = TaylorEstimator(PopParam.prop)
        peer.estimate(y=rows["y"], samp_weight=rows["w"], stratum=rows["stratum"], psu=rows["ea"], domain=cell)

    return call


UNIT = ["stratum", "ea"]
TOOLS: dict[str, Callable[[pd.DataFrame, list[str]], Call]] = {
    "prevalence": ours,
    "prevalence-strings": lambda rows, by: ours(text_keys(rows, by), by),
    "prevalence-words": lambda rows, by: ours(words(rows, by), by),
    "prevalence-categories": lambda rows, by: ours(categories(rows, by), by),
    "prevalence-polars": lambda rows, by: ours(polars_frame(rows), by),
    "prevalence-JKn": lambda rows, by: replicated(rows, by, method="JKn"),
    f"prevalence-JKn-{MANY_UNITS}": lambda rows, by: replicated(rows, by, method="JKn"),
    "prevalence-bootstrap": lambda rows, by: replicated(rows, by, method="bootstrap", n=REPLICATES, seed=1),
    "prevalence-calibrated": lambda rows, by: ours(rows, by, rake_to=figures(rows)),
    "prevalence-pass": one_pass,
    f"prevalence-pass-{MANY_UNITS}": one_pass,
    "polars-by-unit-and-cell": lambda rows, by: polars_group_by(rows, [*UNIT, *by]),
    "polars-by-unit-and-cell-strings": lambda rows, by: polars_group_by(text_keys(rows, by), [*UNIT, *by]),
    "polars-by-unit-and-cell-words": lambda rows, by: polars_group_by(words(rows, by), [*UNIT, *by]),
    "polars-by-unit-and-cell-categories": lambda rows, by: polars_group_by(categories(rows, by), [*UNIT, *by]),
    "polars-by-cell": polars_group_by,
    "duckdb-by-unit-and-cell": lambda rows, by: duckdb_group_by(rows, [*UNIT, *by]),
    "duckdb-by-cell": duckdb_group_by,
    "svy": svy,
    "svy-twice": lambda rows, by: svy(rows, by, "twice"),
    "svy-JKn": lambda rows, by: svy(rows, by, "JKn"),
    "svy-bootstrap": lambda rows, by: svy(rows, by, "bootstrap"),
    "svy-calibrated": lambda rows, by: svy(rows, by, "calibrated"),
    "samplics": samplics,
}

if __name__ == "__main__":
    main()
