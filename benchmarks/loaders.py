"""How long does loading take beside a plain read? A wide file, 200,000 rows x 400 columns, through the profile `mics6`.

    python benchmarks/loaders.py --repeats 5

prints, for .sav and .dta, seconds and peak memory of `pyreadstat` reading all columns, of `pyreadstat` reading the profile's columns, and of
`pv.load`, with the ratio to the first. The goal is 0.3 or less for `pv.load`: it reads the columns that the profile names and no others.
Each measurement runs in a process of its own; files are written once to a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat

READERS = {".sav": (pyreadstat.read_sav, pyreadstat.write_sav), ".dta": (pyreadstat.read_dta, pyreadstat.write_dta)}
WAYS = ("pyreadstat, all columns", "pyreadstat, the profile's columns", "pv.load")
GOAL = 0.3
ITEMS = ["CL1A", "CL1B", "CL1C", "CL1X", "CL4", "CL5", "CL6A", "CL6B", "CL6C", "CL6D", "CL6E", "CL6X", "CL7", "CL9", "CB4", "CB7"]
ITEMS += [f"CL11{letter}" for letter in "ABCDEFX"]
HOURS = ["CL3", "CL8", "CL10", "CL13"]


def wide_file(rows: int, columns: int) -> pd.DataFrame:
    """Return made-up rows: the columns of MICS6 that the profile reads, and others, one in ten of them text."""
    draw = np.random.default_rng(87)
    household = np.arange(rows)
    made: dict[str, Any] = {
        "HH1": household // 20 + 1.0,
        "HH2": household % 20 + 1.0,
        "LN": 3.0,
        "FS17": draw.choice([1.0, 2.0], rows, p=[0.97, 0.03]),
        "fsweight": draw.gamma(4, 0.25, rows),
        "PSU": household // 20 + 1.0,
        "stratum": household // 2000 + 1.0,
        "HH6": draw.integers(1, 3, rows).astype(float),
        "HH7": draw.integers(1, 9, rows).astype(float),
        "HL4": draw.integers(1, 3, rows).astype(float),
        "CB3": draw.integers(5, 18, rows).astype(float),
        "windex5": draw.integers(1, 6, rows).astype(float),
    }
    made |= {name: draw.integers(1, 3, rows).astype(float) for name in ITEMS}
    made |= {name: draw.integers(0, 60, rows).astype(float) for name in HOURS}
    words = np.array(["yes", "no", "do not know", "refused"])
    for number in range(columns - len(made)):
        made[f"X{number}"] = words[draw.integers(0, 4, rows)] if number % 10 == 0 else draw.integers(0, 100, rows).astype(float)
    return pd.DataFrame(made)


def measure(file: Path, way: str) -> dict[str, float]:
    """Return seconds and the peak memory of this process, beyond what the libraries take."""
    import prevalence as pv

    profile = pv.loaders.read_profile("mics6")
    before = peak_kilobytes()
    start = time.perf_counter()
    if way == "pv.load":
        pv.load(file, profile="mics6")
    else:
        reader = READERS[file.suffix][0]
        wanted = set(profile.mentioned)
        names = reader(str(file), metadataonly=True)[1].column_names
        reader(str(file), **({} if way == WAYS[0] else {"usecols": [name for name in names if name in wanted]}))
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "megabytes": (peak_kilobytes() - before) / 1024}


def peak_kilobytes() -> int:
    """Return the peak memory of this process alone (Linux); `getrusage` would count what the parent had when it started this one."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0])


def in_own_process(file: Path, way: str) -> dict[str, float]:
    """Return what `measure` finds in a fresh process."""
    command = [sys.executable, __file__, "--measure", str(file), "--way", way]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def table(folder: Path, rows: int, columns: int, repeats: int) -> pd.DataFrame:
    """Return one line a format and way to read; the ways take turns, so that a busy machine slows all of them."""
    frame, lines = wide_file(rows, columns), []
    for extension, (_, write) in READERS.items():
        write(frame, str(folder / f"wide{extension}"))
    del frame
    for extension in READERS:
        file = folder / f"wide{extension}"
        runs = [{way: in_own_process(file, way) for way in WAYS} for _ in range(repeats)]
        plain = median(run[WAYS[0]]["seconds"] for run in runs)
        for way in WAYS:
            seconds = median(run[way]["seconds"] for run in runs)
            peak = max(run[way]["megabytes"] for run in runs)
            lines.append(
                {
                    "file": extension,
                    "way": way,
                    "seconds": f"{seconds:.2f}",
                    "ratio": f"{seconds / plain:.2f}",
                    "peak MB": f"{peak:.0f}",
                }
            )
    return pd.DataFrame(lines)


def main() -> None:
    """Measure once if asked to, else print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--columns", type=int, default=400)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(asked.measure, asked.way)))
        return
    with tempfile.TemporaryDirectory() as folder:
        found = table(Path(folder), asked.rows, asked.columns, asked.repeats)
    print(
        f"{asked.rows:,} rows x {asked.columns} columns, median of {asked.repeats}; goal of pv.load: {GOAL}\n{found.to_string(index=False)}"
    )


if __name__ == "__main__":
    main()
