"""Runs one tool in a process of its own, watched: neither time nor memory without end."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from people import figures, people

FOLDER = Path(__file__).parent
STARTING = 120
"""Seconds to read and make the rows, beyond the limit."""

LOOK = 0.2
GIB = 1024**2
OVER = "over the limit"
SCALED = "scaled from"
PEERS = ("R", "svy", "samplics")


@dataclass(frozen=True)
class Job:
    """A tool and the size that it gets."""

    rows: int
    cells: int
    tool: str


@dataclass(frozen=True)
class Measured:
    """One measurement; no seconds where the tool was stopped or is absent, which the note says."""

    seconds: float | None
    peak_mib: float | None
    note: str = ""

    @property
    def stopped(self) -> bool:
        return self.seconds is None and self.note.startswith(OVER)

    @property
    def scaled_from_rows(self) -> bool:
        return self.note.startswith(SCALED) and "persons" in self.note


@dataclass(frozen=True)
class Settings:
    """How tools are run: units of the sample, repeats, limits, and a Python with the peers."""

    units: int
    repeats: int
    limit: float
    memory: float
    peers_python: str
    folder: Path

    def command(self, job: Job) -> list[str]:
        """Return the command line of a tool."""
        asked: dict[str, Any] = {"tool": job.tool, "rows": job.rows, "cells": job.cells}
        asked |= {"units": self.units, "repeats": self.repeats, "limit": self.limit}
        if job.tool.startswith("R"):
            file, margins = written(job, self)
            return ["Rscript", str(FOLDER / "worker.R"), json.dumps({**asked, "file": str(file), "figures": margins})]
        python = self.peers_python if job.tool.startswith(("svy", "samplics")) else sys.executable
        return [python, str(FOLDER / "worker.py"), json.dumps(asked)]


def written(job: Job, settings: Settings) -> tuple[Path, dict[str, dict[int, float]]]:
    """Return a CSV of the rows for R, written once, and the population figures."""
    path = settings.folder / f"{job.rows}-{job.cells}.csv"
    margins = path.with_suffix(".json")
    if not path.exists():
        rows = people(job.rows, job.cells, settings.units)
        rows.to_csv(path, index=False)
        margins.write_text(json.dumps(figures(rows)), encoding="utf-8")
    return path, json.loads(margins.read_text(encoding="utf-8"))


def measured(job: Job, settings: Settings, before: Mapping[Job, Measured]) -> Measured:
    """Return what a tool took; where a peer took too long, or surely would, what it took for fewer rows, scaled."""
    if not job.tool.startswith(PEERS):
        return run(job, settings)
    known = [(other.rows, one) for other, one in before.items() if (other.tool, other.cells) == (job.tool, job.cells)]
    known = sorted((pair for pair in known if pair[0] < job.rows), key=lambda pair: pair[0])
    timed = [(rows, one.seconds) for rows, one in known if one.seconds is not None and not one.scaled_from_rows]
    if known and not timed:
        return Measured(None, None, f"left out: {known[-1][1].note}".replace("left out: left out", "left out"))
    expected = projected(timed, job.rows) if timed else 0.0
    again = not job.tool.startswith("R")
    if again and known and known[-1][1].scaled_from_rows:
        return replace(known[-1][1], seconds=expected)
    if again and expected > settings.limit:
        return Measured(expected, None, f"{SCALED} {timed[-1][0]:,} persons: it would take longer than {settings.limit:.0f} s")
    found = run(job, settings)
    return Measured(expected, None, f"{SCALED} {timed[-1][0]:,} persons: {found.note}") if found.stopped and timed else found


def projected(timed: Sequence[tuple[int, float]], rows: int) -> float:
    """Return the time for so many rows: on the line through the two largest sizes that were timed, or in proportion to the only one."""
    last, seconds = timed[-1]
    if len(timed) == 1:
        return seconds * rows / last
    first, less = timed[-2]
    return max(seconds, seconds + (seconds - less) * (rows - last) / (last - first))


def run(job: Job, settings: Settings) -> Measured:
    """Start a tool and wait for it, at most so long and while it takes no more memory than allowed."""
    if job.tool.startswith("R") and shutil.which("Rscript") is None:
        return Measured(None, None, "R is not installed")
    command = settings.command(job)
    with TemporaryFile("w+") as out, TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=out, stderr=errors)
        stopped = watched(process, settings)
        out.seek(0)
        errors.seek(0)
        if stopped:
            return Measured(None, None, stopped)
        return answer_of(out.read(), errors.read(), process.returncode)


def watched(process: subprocess.Popen[bytes], settings: Settings) -> str:
    """Return why a process was killed, nothing where it ended by itself."""
    start = time.monotonic()
    # A peer that stops by itself looks at the clock between calls: it may be in its second.
    longest = 2 * settings.limit + STARTING
    while process.poll() is None:
        reason = ""
        if time.monotonic() - start > longest:
            reason = f"{OVER} of {settings.limit:.0f} s"
        if resident(process.pid) > settings.memory * GIB:
            reason = f"{OVER} of {settings.memory:g} GiB"
        if reason:
            process.kill()
            process.wait()
            return reason
        time.sleep(LOOK)
    return ""


def resident(process: int) -> int:
    """Return the memory of a process in KiB, 0 where the system does not tell."""
    try:
        text = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS:")), 0)


def answer_of(out: str, errors: str, code: int) -> Measured:
    """Return the measurement that a process printed, or the first line that says what went wrong."""
    lines = [line for line in out.splitlines() if line.startswith("{")]
    if code or not lines:
        said = (
            [line.strip() for line in errors.splitlines() if "rror" in line] or errors.strip().splitlines()[-1:] or ["no answer"]
        )
        return Measured(None, None, said[-1][:100])
    answer = json.loads(lines[-1])
    return replace(Measured(answer["seconds"], answer["peak_mib"]), note=answer.get("note", ""))
