"""Data larger than memory: a table with standard errors from a folder of Parquet, against a bare DuckDB group-by of the same keys.

    python benchmarks/larger_than_memory.py --rows 5000000
    python benchmarks/larger_than_memory.py --rows 100000000 --units 20000

Rows are simulated and written in batches: text, whole numbers and an outcome with missing answers; strata and units in order, or, with
--shuffled, in none. Each contestant runs in a process of its own, which reports its time, its processor time and its peak memory:

bare     the group-by in DuckDB, its groups read as record batches and dropped: neither estimates nor errors
units    `pv.prevalence`: checks and the same group-by, then every unit's totals, and the table with standard errors, intervals, degrees of
         freedom and design effects, and all sex gaps with their covariance
moments  the same with keep="moments": batches of units pass by and none is kept

Quote ratios; the seconds are those of one machine.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

BATCH = 1_000_000
FILE = 10_000_000
ROW_GROUP = 250_000
MISSING = 0.03
PREVALENCE = 0.1
DIMENSIONS = {"sex": ["Female", "Male"], "age_group": ["5-11", "12-14", "15-17"], "region": 8, "wealth": 8}
KEYS = ["stratum", "psu", *DIMENSIONS]


def people(unit: np.ndarray, per_stratum: int, rng: np.random.Generator) -> pa.Table:
    """Return simulated rows of the given sampling units, so many of which make a stratum."""
    rows = len(unit)
    columns = {"stratum": pa.array((unit // per_stratum).astype(np.int32)), "psu": pa.array(unit)}
    columns["weight"] = pa.array(rng.uniform(0.5, 2.0, rows))
    for name, levels in DIMENSIONS.items():
        size = levels if isinstance(levels, int) else len(levels)
        codes = rng.integers(0, size, rows).astype(np.int32)
        columns[name] = (
            pa.array(codes) if isinstance(levels, int) else pa.DictionaryArray.from_arrays(codes, levels).cast(pa.string())
        )
    outcome = rng.random(rows)
    columns["y"] = pa.array((outcome < PREVALENCE).astype(np.int8), mask=outcome > 1 - MISSING)
    return pa.table(columns)


def write(folder: Path, rows: int, units: int, strata: int, *, shuffled: bool) -> None:
    """Write the rows as files of 10 million, those of a unit together unless `shuffled`."""
    rng, writer = np.random.default_rng(871), None
    for start in range(0, rows, BATCH):
        size = min(BATCH, rows - start)
        unit = rng.integers(0, units, size) if shuffled else (start + np.arange(size)) * units // rows
        part = people(unit, -(-units // strata), rng)
        if start % FILE == 0:
            if writer is not None:
                writer.close()
            writer = pq.ParquetWriter(folder / f"{start // FILE:04d}.parquet", part.schema)
        writer.write_table(part, row_group_size=ROW_GROUP)
    if writer is not None:
        writer.close()


def connection(folder: Path, limit: str) -> duckdb.DuckDBPyConnection:
    """Return a connection that uses so much memory and spills beside the data."""
    return duckdb.connect(config={"memory_limit": limit, "temp_directory": str(folder / "spill")})


def bare(folder: Path, limit: str) -> int:
    """Group in DuckDB, read the groups and drop them."""
    keys = ", ".join(KEYS)
    query = f"select {keys}, sum(weight) x, sum(weight * y) wy from '{folder}/*.parquet' group by {keys}"
    return sum(batch.num_rows for batch in connection(folder, limit).sql(query).to_arrow_reader(100_000))


def units(folder: Path, limit: str) -> int:
    """Make the table and all sex gaps from unit totals."""
    return table(folder, limit, keep="units")


def moments(folder: Path, limit: str) -> int:
    """Make the table and all sex gaps from stratum moments."""
    return table(folder, limit, keep="moments", contrasts=[("sex", "Female", "Male")])


def table(folder: Path, limit: str, **how: Any) -> int:
    """Return the number of cells and gaps that have a standard error."""
    import prevalence as pv

    rows = connection(folder, limit).read_parquet(f"{folder}/*.parquet")
    survey = pv.Survey(rows, pv.Design(weight="weight", stratum="stratum", psu="psu"))
    found = pv.prevalence(survey, "y", by=list(DIMENSIONS), **how)
    gaps = found.difference("sex", "Female", "Male")
    return int(np.isfinite(found.numbers.se).sum() + np.isfinite(gaps.numbers.se).sum())


CONTESTANTS: dict[str, Callable[[Path, str], int]] = {"bare": bare, "units": units, "moments": moments}


def measured(name: str, folder: Path, limit: str) -> None:
    """Run one contestant, whose libraries are loaded, and print what it took."""
    if name != "bare":
        importlib.import_module("prevalence.estimators")
        importlib.import_module("pandas")
    start, before = time.perf_counter(), time.process_time()
    CONTESTANTS[name](folder, limit)
    # Linux counts peak memory in kilobytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(json.dumps({"seconds": time.perf_counter() - start, "cpu": time.process_time() - before, "megabytes": peak}))


def run(name: str, folder: Path, limit: str, repeats: int) -> dict[str, float]:
    """Return the best time of several processes, and the largest memory."""
    command = [sys.executable, __file__, "--only", name, "--folder", str(folder), "--memory", limit]
    found = [json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(repeats)]
    return {
        "seconds": min(one["seconds"] for one in found),
        "cpu": min(one["cpu"] for one in found),
        "megabytes": max(one["megabytes"] for one in found),
    }


def main() -> None:
    """Print one line a contestant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--units", type=int, help="sampling units; by default one for 5,000 rows")
    parser.add_argument("--strata", type=int, default=200)
    parser.add_argument("--shuffled", action="store_true", help="rows in no order")
    parser.add_argument("--memory", default="600MB", help="memory limit of DuckDB")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the rows are, or will be kept")
    parser.add_argument("--only", choices=CONTESTANTS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only:
        measured(asked.only, asked.folder, asked.memory)
        return
    folder = asked.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    units = asked.units or max(asked.rows // 5000, 2 * asked.strata)
    try:
        if not list(folder.glob("*.parquet")):
            write(folder, asked.rows, units, asked.strata, shuffled=asked.shuffled)
        size = sum(file.stat().st_size for file in folder.glob("*.parquet")) / 1e9
        print(
            f"{asked.rows:,} rows, {units:,} units in {asked.strata:,} strata, {size:.2f} GB of Parquet; best of {asked.repeats}"
        )
        print(f"{'':8} {'seconds':>8} {'ratio':>6} {'cpu':>8} {'ratio':>6} {'peak MB':>8}")
        results = {name: run(name, folder, asked.memory, asked.repeats) for name in CONTESTANTS}
        for name, found in results.items():
            ratios = [found[what] / results["bare"][what] for what in ("seconds", "cpu")]
            print(
                f"{name:8} {found['seconds']:8.2f} {ratios[0]:6.2f} {found['cpu']:8.2f} {ratios[1]:6.2f} {found['megabytes']:8.0f}"
            )
    finally:
        if asked.folder is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
