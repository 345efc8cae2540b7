"""How fast is a full table, and in how much memory? Ratios to bare group-bys and to other survey packages, measured in one run.

    python benchmarks/estimates.py --peers-python other-venv/bin/python
    python benchmarks/estimates.py --goals --peers-python other-venv/bin/python
    python benchmarks/estimates.py --rows 200000 --cells 384 --tools prevalence polars-by-unit-and-cell R svy

Four tasks: a full table, the same by the stratified jackknife (one replicate a unit), by 500 bootstrap replicates, and after raking to two margins. A full
table is every prevalence with standard error, two kinds of interval, design effect, degrees of freedom and counts, and all sex gaps with the covariance of
their sides; the other packages are asked for less, as the table says. The bare group-bys sum the weights and the weighted outcome, by unit and cell (what any variance
needs) and by cell alone (estimates without errors).

Every tool runs in a process of its own, on the same simulated rows, which are made before the clock starts. Memory is the peak beyond what the process held with the
rows. Seconds are medians, after one call that is not counted; a call that takes long counts.

A peer that would take hours is not run for hours: R goes through the cells until the limit and is scaled from those it did; svy and samplics are scaled from fewer
persons, along a line; scaled numbers have a ~ and a note. A tool over the limit of time or memory is stopped, and left out at larger sizes, which the note
says. svy and samplics run in the Python of ``--peers-python``; R needs `survey` and `jsonlite`. Quote ratios: the seconds are those of one machine.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import Progress

sys.path.insert(0, str(Path(__file__).parent / "speed"))

from running import Job, Measured, Settings, measured
from told import goals, printed, write
from tools import CELLS, GOALS, SIZES, TOOLS


def main() -> None:
    """Measure what was asked for, in turn, and print a table for each number of persons and cells."""
    asked = arguments()
    found: dict[Job, Measured] = {}
    with TemporaryDirectory() as folder, Progress(console=Console(stderr=True), transient=True) as progress:
        settings = Settings(
            units=asked.units,
            repeats=asked.repeats,
            limit=asked.limit,
            memory=asked.memory,
            peers_python=asked.peers_python,
            folder=Path(folder),
        )
        jobs = jobs_of(asked)
        task = progress.add_task("measuring", total=len(jobs))
        for job in jobs:
            progress.update(task, description=f"{job.rows:,} persons x {job.cells:,} cells: {job.tool}")
            found[job] = measured(job, settings, found)
            progress.advance(task)
            if asked.out:
                write(found, asked.out, asked.peers_python)
    print(printed(found))
    for goal in goals(found):
        if goal[2]:
            print(f"{goal[0]:<70}{goal[1]:>18}{goal[2]:>12}")


def jobs_of(asked: argparse.Namespace) -> list[Job]:
    """Return the jobs, smaller sizes first: what is scaled is scaled from them."""
    if asked.goals:
        return sorted({Job(*goal) for goal in GOALS}, key=lambda job: (job.rows, job.cells, list(TOOLS).index(job.tool)))
    return [Job(rows, cells, tool) for rows in sorted(asked.rows) for cells in sorted(asked.cells) for tool in asked.tools]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--goals", action="store_true", help="only the sizes and tools that show whether the goals are met")
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES)
    parser.add_argument("--cells", type=int, nargs="+", default=CELLS, choices=CELLS)
    parser.add_argument("--tools", nargs="+", default=tuple(TOOLS), choices=tuple(TOOLS))
    parser.add_argument("--units", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds after which a tool is stopped or scaled")
    parser.add_argument("--memory", type=float, default=14.0, help="GiB beyond which a tool is stopped")
    parser.add_argument("--peers-python", default=sys.executable, help="a Python with svy and samplics")
    parser.add_argument("--out", type=Path, help="folder for the CSV files of docs/methods/speed.md: docs/methods/speed")
    return parser.parse_args()


if __name__ == "__main__":
    main()
