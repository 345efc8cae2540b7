"""How fast is a full table, and in how much memory? Ratios to bare group-bys and to other survey packages, measured in one run.

    python benchmarks/estimates.py
    python benchmarks/estimates.py --rows 200000 --cells 384 --tools prevalence polars R svy --peers-python other-venv/bin/python

A full table is every prevalence with standard error, two kinds of interval, design effect, degrees of freedom and counts, and all sex gaps with
their covariance. The bare group-bys sum the weights and the weighted outcome, by unit and cell (what any variance needs) and by cell alone (which gives
estimates and no errors). Every tool runs in a process of its own, on the same simulated rows, which are made before the clock starts. Memory is the peak
beyond what the process held with the rows. A tool that is over the time limit shows as more than the limit. svy and samplics run in the Python
of ``--peers-python``; R needs `survey`. Quote ratios: the seconds are those of one machine.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import Progress

FOLDER = Path(__file__).parent / "speed"
SIZES = (20_000, 200_000, 2_000_000)
CELLS = (16, 384, 5000)
BASE = "polars-by-unit-and-cell"
TOOLS = {
    "prevalence": "full table",
    "prevalence-strings": "full table, text keys",
    "prevalence-categories": "full table, categorical keys, nullable outcome",
    "prevalence-polars": "full table, Polars frame",
    "prevalence-JKn": "full table by JKn, one replicate a unit",
    "prevalence-bootstrap": "full table by 500 bootstrap replicates",
    BASE: "bare group-by, unit and cell",
    "polars-by-cell": "bare group-by, cell",
    "duckdb-by-unit-and-cell": "bare group-by, unit and cell",
    "duckdb-by-cell": "bare group-by, cell",
    "svy": "prop by cell, Taylor",
    "samplics": "prop by cell, Taylor",
    "R": "svyby(svymean), logit limits, deff",
    "R-JKn": "the same by JKn",
}
PEERS = ("svy", "samplics")


@dataclass(frozen=True)
class Measured:
    """One measurement; no seconds where the tool was stopped or is absent."""

    seconds: float | None
    peak_mib: float | None
    note: str = ""


def main() -> None:
    """Measure what was asked for, in turn, and print a table for each number of rows and cells."""
    asked = arguments()
    console = Console(width=130)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        jobs = [(rows, cells, tool) for rows in asked.rows for cells in asked.cells for tool in asked.tools]
        task = progress.add_task("measuring", total=len(jobs))
        found: dict[tuple[int, int], dict[str, Measured]] = {}
        with TemporaryDirectory() as folder:
            for rows, cells, tool in jobs:
                progress.update(task, description=f"{rows:,} rows x {cells} cells: {tool}")
                found.setdefault((rows, cells), {})[tool] = measured(tool, rows, cells, asked, Path(folder))
                progress.advance(task)
    for (rows, cells), of_tools in found.items():
        console.print(report(rows, cells, of_tools))
    if asked.out:
        Path(asked.out).write_text(csv_of(found), encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES)
    parser.add_argument("--cells", type=int, nargs="+", default=CELLS, choices=CELLS)
    parser.add_argument("--tools", nargs="+", default=tuple(TOOLS), choices=tuple(TOOLS))
    parser.add_argument("--units", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--limit", type=float, default=300.0, help="seconds after which a tool is stopped")
    parser.add_argument("--peers-python", default=sys.executable, help="a Python with svy and samplics")
    parser.add_argument("--out", help="write the figures as CSV, too")
    return parser.parse_args()


def measured(tool: str, rows: int, cells: int, asked: argparse.Namespace, folder: Path) -> Measured:
    """Run one tool in a process of its own."""
    settings = {"tool": tool, "rows": rows, "cells": cells, "units": asked.units, "repeats": asked.repeats, "limit": asked.limit}
    if tool.startswith("R"):
        if shutil.which("Rscript") is None:
            return Measured(None, None, "R is not installed")
        path = written(rows, cells, asked.units, folder)
        command = ["Rscript", str(FOLDER / "worker.R"), json.dumps({**settings, "file": str(path)})]
    else:
        python = asked.peers_python if tool in PEERS else sys.executable
        command = [python, str(FOLDER / "worker.py"), json.dumps(settings)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=asked.limit + 120, check=False)
    except subprocess.TimeoutExpired:
        return Measured(None, None, f"> {asked.limit:.0f} s")
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        return Measured(None, None, (done.stderr.strip().splitlines() or ["no answer"])[-1][:60])
    answer = json.loads(lines[-1])
    return Measured(answer["seconds"], answer["peak_mib"])


def written(rows: int, cells: int, units: int, folder: Path) -> Path:
    """Return a CSV of the rows for R, written once."""
    path = folder / f"{rows}-{cells}.csv"
    if not path.exists():
        sys.path.insert(0, str(FOLDER))
        from people import people

        people(rows, cells, units).to_csv(path, index=False)
    return path


def report(rows: int, cells: int, of_tools: dict[str, Measured]) -> str:
    """Return one table, ratios to the group-by by unit and cell and to the full table."""
    base, ours = of_tools.get(BASE), of_tools.get("prevalence")
    lines = [
        f"\n{rows:,} rows x {cells} cells",
        f"{'tool':<26}{'seconds':>10}{'x group-by':>12}{'x prevalence':>14}{'peak MiB':>10}  what",
    ]
    for tool, found in of_tools.items():
        if found.seconds is None:
            lines.append(f"{tool:<26}{found.note:>10}")
            continue
        ratios = [f"{found.seconds / other.seconds:,.2f}" if other and other.seconds else "" for other in (base, ours)]
        lines.append(
            f"{tool:<26}{found.seconds:>10.3f}{ratios[0]:>12}{ratios[1]:>14}{found.peak_mib or 0:>10,.0f}  {TOOLS[tool]}"
        )
    return "\n".join(lines)


def csv_of(found: dict[tuple[int, int], dict[str, Measured]]) -> str:
    lines = ["rows,cells,tool,seconds,peak_mib,note"]
    for (rows, cells), of_tools in found.items():
        for tool, one in of_tools.items():
            numbers = ["" if value is None else f"{value:.4g}" for value in (one.seconds, one.peak_mib)]
            lines.append(",".join([str(rows), str(cells), tool, *numbers, one.note.replace(",", ";")]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
