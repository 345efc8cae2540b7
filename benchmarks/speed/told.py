"""What was measured, in words: tables for the terminal, and the CSV files of the page."""

from __future__ import annotations

import csv
import datetime
import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from running import Job, Measured
from tools import BASE, BASES, BOOTSTRAP, CELLS, LARGE, MANY, MIDDLE, OURS, TOOLS

Found = Mapping[Job, Measured]
HEADS = ("persons", "cells", "task", "tool", "seconds", "over group-by", "over prevalence", "MiB", "note")
APPROXIMATE = "~"
"""Before a number that was scaled."""


def ratio(found: Found, above: Job, below: Job) -> float | None:
    """Return how many times longer one took than another."""
    parts = [found[job].seconds if job in found else None for job in (above, below)]
    return parts[0] / parts[1] if parts[0] is not None and parts[1] else None


def shown(value: float | None, note: str = "") -> str:
    """Return a number to three digits, nothing where there is none."""
    if value is None:
        return ""
    text = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return (APPROXIMATE if note.startswith("scaled") else "") + text


def lines(found: Found) -> list[tuple[str, ...]]:
    """Return one line a measurement."""
    told = []
    for job, one in found.items():
        tool = TOOLS[job.tool]
        base, ours = (Job(job.rows, job.cells, name) for name in (BASES.get(job.tool, BASE), OURS.get(tool.task, "")))
        ratios = [shown(ratio(found, job, other), one.note) for other in (base, ours)]
        numbers = (shown(one.seconds, one.note), *ratios, "" if one.peak_mib is None else f"{one.peak_mib:,.0f}")
        told.append((f"{job.rows:,}", f"{job.cells:,}", tool.task, job.tool, *numbers, one.note))
    return told


def printed(found: Found) -> str:
    """Return a table for each size."""
    text: list[str] = []
    size: Sequence[str] = ()
    for line in lines(found):
        if line[:2] != size:
            size = line[:2]
            text += [f"\n{size[0]} persons x {size[1]} cells", f"{'':26}" + "".join(f"{head:>16}" for head in HEADS[4:8])]
        text.append(f"{line[3]:<26}" + "".join(f"{part:>16}" for part in line[4:8]) + f"  {line[8]}")
    return "\n".join(text)


def goals(found: Found) -> list[tuple[str, str, str]]:
    """Return the goals, what was asked and what was measured; nothing where it was not."""

    def at(rows: int, cells: int, tool: str) -> Job:
        return Job(rows, cells, tool)

    def times(above: Job, below: Job) -> str:
        return shown(ratio(found, above, below), found[above].note if above in found else "")

    def beyond(above: Job, below: Job) -> str:
        parts = [found[job].seconds if job in found else None for job in (above, below)]
        return f"{max(parts[0] - parts[1], 0):.2f} s" if parts[0] is not None and parts[1] is not None else ""

    ours = {cells: at(LARGE, cells, "prevalence") for cells in CELLS}
    memory = found[ours[384]].peak_mib if ours[384] in found else None
    middle = at(MIDDLE, 384, "prevalence")
    replicated = at(LARGE, 384, OURS[BOOTSTRAP])
    return [
        ("2 M persons x 384 cells over the Polars group-by", "at most 1.5", times(ours[384], at(LARGE, 384, BASE))),
        *(
            (
                f"the same with {tool.removeprefix('prevalence-')}, over the group-by of the same keys",
                "at most 1.5",
                times(at(LARGE, 384, tool), at(LARGE, 384, base)),
            )
            for tool, base in BASES.items()
        ),
        ("memory beyond the data there", "at most 512 MiB", "" if memory is None else f"{memory:,.0f} MiB"),
        ("16 to 384 cells at 2 M persons", "at most 3 times", times(ours[384], ours[16])),
        ("384 to 5,000 cells at 2 M persons", "at most 6 times", times(ours[5000], ours[384])),
        ("svy over prevalence, 200 k x 384", "at least 100", times(at(MIDDLE, 384, "svy"), middle)),
        ("svy with two kinds of interval over prevalence, the same", "at least 100", times(at(MIDDLE, 384, "svy-twice"), middle)),
        ("R over prevalence, 200 k x 384", "at least 500", times(at(MIDDLE, 384, "R"), middle)),
        ("R with two kinds of interval over prevalence, the same", "at least 500", times(at(MIDDLE, 384, "R-twice"), middle)),
        (
            "20,000 jackknife replicates x 384 cells after the pass, 2 M persons",
            "at most 1 s",
            beyond(at(LARGE, 384, f"prevalence-JKn-{MANY}"), at(LARGE, 384, f"prevalence-pass-{MANY}")),
        ),
        (
            "500 bootstrap replicates x 384 cells after the pass, 2 M persons",
            "at most 1 s",
            beyond(replicated, at(LARGE, 384, "prevalence-pass")),
        ),
    ]


def write(found: Found, folder: Path, peers_python: str) -> None:
    """Write all measurements, the goals, and where they were taken."""
    folder.mkdir(parents=True, exist_ok=True)
    sheet(folder / "measured.csv", HEADS, lines(found))
    used = [name for name in TOOLS if name in {job.tool for job in found}]
    sheet(folder / "tools.csv", ("tool", "task", "what it does"), [(name, TOOLS[name].task, TOOLS[name].what) for name in used])
    sheet(folder / "goals.csv", ("goal", "asked", "measured"), goals(found))
    sheet(folder / "versions.csv", ("", "version"), versions(peers_python))


def sheet(path: Path, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write one CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heads)
        writer.writerows(rows)


def versions(peers_python: str) -> list[tuple[str, str]]:
    """Return versions of the packages, number of processors and date."""
    names = ("prevalence", "numpy", "scipy", "pandas", "polars", "duckdb")
    told = [(name, version(name)) for name in names]
    asked = "import importlib.metadata as m; print(*(m.version(name) for name in ('svy', 'samplics')))"
    told += zip(("svy", "samplics"), words([peers_python, "-c", asked]), strict=False)
    told += zip(
        ("R", "R survey"), words(["Rscript", "-e", "cat(format(getRversion()), format(packageVersion('survey')))"]), strict=False
    )
    processors = f"{os.cpu_count()} x {platform.machine()}"
    return [*told, ("processors", processors), ("date of the run", datetime.datetime.now(datetime.UTC).date().isoformat())]


def version(name: str) -> str:
    """Return the version of an installed package."""
    if name == "prevalence":
        import prevalence

        return prevalence.__version__
    return importlib.metadata.version(name)


def words(command: Sequence[str]) -> list[str]:
    """Return what a command prints, nothing where it cannot be run."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        return []
