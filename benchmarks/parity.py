"""How do four packages answer the same questions? R `survey`, this library, svy and samplics on the same data.

    python benchmarks/parity.py

writes ``docs/methods/parity/*.csv``, the tables of the page "Parity" of the docs, and prints what disagrees, in about two minutes. The other packages are
oracles: each is left out where it is not installed (R with `survey`, `jsonlite` and `mitools`; ``pip install svy samplics``). Differences are relative to R, or to
the right number where R's is not right. Nothing here is needed by the library, and nothing is a test.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import importlib
import importlib.metadata
import importlib.util
import io
import json
import math
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from oracles import about_designs, about_statistics, about_weights
from oracles.answers import Answer, asked
from oracles.cases import AGREES, Case
from oracles.frames import frames

import prevalence

HERE = Path(__file__).parent
FOLDER = HERE.parent / "docs" / "methods" / "parity"
KNOWN = HERE / "oracles" / "known.csv"
"""What is known of each package: functions, what it does, who is right, the option here that gives its number; a size where a ratio says little."""

HEADS = {
    "about": "",
    "what": "what it does",
    "size": "size",
    "right": "who is right, and why",
    "ours": "option here that gives its number",
}
TOOLS = ("prevalence", "svy", "samplics")
NUMBERS = ("estimate", "se", "low", "high", "df", "deff", "statistic", "p")
NO_SPREAD = 1e-8
"""A standard error this small beside its estimate is 0 with rounding; a p-value this small is 0."""


def installed() -> dict[str, str]:
    """Return the versions of the packages that are there."""
    there = [name for name in TOOLS if importlib.util.find_spec(name)]
    return {name: prevalence.__version__ if name == "prevalence" else importlib.metadata.version(name) for name in there}


def asker(tool: str, data: Mapping[str, pd.DataFrame]) -> Callable[[Case], Answer]:
    """Return the function that asks a package; the package is loaded here."""
    module = importlib.import_module(f"oracles.in_{tool}")
    return partial(module.answer, data)


def python_answers(tool: str, cases: Iterable[Case], data: Mapping[str, pd.DataFrame]) -> dict[str, tuple[Answer, str]]:
    """Return the answers of a package by case."""
    ask = asker(tool, data)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return {case.name: asked(case, ask) for case in cases}


def r_answers(cases: Iterable[Case], data: Mapping[str, pd.DataFrame]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return R's versions and its answers by case: ``R`` and, where that is not right, ``right``."""
    if not shutil.which("Rscript"):
        return {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in data.items():
            rows.to_csv(Path(folder) / f"{name}.csv", index=False)
        (Path(folder) / "cases.json").write_text(json.dumps([case.as_json() for case in cases]), encoding="utf-8")
        subprocess.run(["Rscript", str(HERE / "oracles" / "in_r.R"), folder], check=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
        found = json.loads((Path(folder) / "results.json").read_text(encoding="utf-8"))
    return found["versions"], found["results"]


def number(value: Any) -> float:
    """Return a number of R's JSON, where NA and infinities are text."""
    if value in (None, "NA", "NaN"):
        return math.nan
    return float(str(value).replace("Inf", "inf"))


def read(found: Mapping[str, Any] | None) -> tuple[Answer, str]:
    """Return an answer of R and its note."""
    if not found:
        return {}, "not offered"
    return {name: number(found[name]) for name in NUMBERS if name in found}, str(found.get("note", ""))


def off(found: Answer, expected: Answer) -> float:
    """Return the largest relative difference of the numbers that both have; infinite where one is a number and the other not."""
    parts = [
        apart(found[name], expected[name], zero_of(name, expected)) for name in NUMBERS if name in found and name in expected
    ]
    return max(parts, default=math.nan)


def zero_of(name: str, expected: Answer) -> float:
    """Return what is 0 but for rounding: standard errors beside their estimate, p-values, limits at 0. Degrees of freedom are counted."""
    if name == "df":
        return 1.0
    return NO_SPREAD * (abs(expected.get("estimate", 0.0)) if name == "se" else 1.0)


def apart(found: float, expected: float, zero: float) -> float:
    """Return the relative difference of two numbers."""
    if math.isnan(found) and math.isnan(expected):
        return 0.0
    if not (math.isfinite(found) and math.isfinite(expected)):
        return 0.0 if found == expected else math.inf
    if found == expected or max(abs(found), abs(expected)) < zero:
        return 0.0
    return abs(found - expected) / max(abs(expected), zero)


def table_of(
    cases: Iterable[Case], from_r: Mapping[str, Any], answers: Mapping[str, Mapping[str, tuple[Answer, str]]]
) -> pd.DataFrame:
    """Return one row a case and package: its numbers, how far they are from the reference, and whether that is agreement."""
    rows = []
    for case in cases:
        told = from_r.get(case.name, {})
        every = {"R": read(told["R"])} if told else {}
        every |= {"right": read(told["right"])} if "right" in told else {}
        every |= {tool: given[case.name] for tool, given in answers.items()}
        reference = reference_of(case, every)
        expected = every[reference][0] if reference else {}
        for tool, (found, why) in every.items():
            numbers = {name: found.get(name, math.nan) for name in NUMBERS}
            apart = off(found, expected)
            same = {"reference": reference, "off": apart, "agrees": apart <= case.tolerance, "note": why}
            rows.append({"function": case.function, "case": case.name, "tool": tool, **numbers, **same})
    return pd.DataFrame(rows)


def reference_of(case: Case, every: Mapping[str, tuple[Answer, str]]) -> str:
    """Return whom a case is compared with: R, or what is right where R is not, or this library where R has no answer."""
    wanted = {None: ("R", "prevalence"), False: ("prevalence",), True: ("right",)}[
        None if case.right is None else bool(case.right)
    ]
    return next((name for name in wanted if every.get(name, ({}, ""))[0]), "")


def agreement(table: pd.DataFrame) -> pd.DataFrame:
    """Return in how many of the cases of a function each package agrees, and its largest difference."""
    tools = [tool for tool in ("R", *TOOLS) if tool in set(table["tool"])]
    return pd.DataFrame(
        [
            {
                "function": function,
                "cases": part["case"].nunique(),
                **{tool: in_words(part[part["tool"] == tool]) for tool in tools},
            }
            for function, part in table.groupby("function", sort=False)
        ]
    )


def in_words(part: pd.DataFrame) -> str:
    """Return the agreement of a package in a function."""
    answered = part[part["off"].notna()]
    if answered.empty:
        return "not offered" if part["note"].str.startswith("not offered").all() else "fails"
    if set(answered["reference"]) == set(answered["tool"]):
        return f"{len(answered)}, reference"
    worst = answered["off"].max()
    text = (
        "inf"
        if math.isinf(worst)
        else "> 100"
        if worst > 100
        else f"{worst:.2g}"
        if worst > AGREES or worst == 0
        else f"{worst:.0e}"
    )
    silent = f" ({len(part) - len(answered)} without answer)" if len(answered) < len(part) else ""
    return f"{int(answered['agrees'].sum())} of {len(answered)}{silent}: {text}"


def explained(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the known disagreements with their sizes in this run, and those that nobody has explained."""
    told = pd.read_csv(KNOWN, keep_default_na=False)
    apart = table[
        ~table["agrees"] & (table["off"].notna() | ~table["note"].str.startswith("not offered")) & (table["tool"] != "right")
    ]
    worst = apart.fillna({"off": math.inf}).groupby(["tool", "function"])["off"].max()
    known = {(row.tool, function): row.Index for row in told.itertuples() for function in row.functions.split("; ")}
    new = [f"{tool}: {function}" for tool, function in worst.index if (tool, function) not in known]
    measured = [
        max((worst.get((row.tool, name), 0.0) for name in row.functions.split("; ")), default=0.0) for row in told.itertuples()
    ]
    told["size"] = [given or size_in_words(found) for given, found in zip(told["size"], measured, strict=True)]
    told["measured"] = measured
    return told, new


def size_in_words(found: float) -> str:
    """Return a relative difference as text."""
    if math.isinf(found):
        return "no number"
    return f"{100 * found:.2g} %" if found < 1 else f"{1 + found:.2g} times"


def write(table: pd.DataFrame, told: pd.DataFrame, versions: Mapping[str, str], folder: Path) -> None:
    """Write all numbers, the agreement by function, what is known of each package, and who was asked when."""
    folder.mkdir(parents=True, exist_ok=True)
    every = table.assign(**{name: table[name].map(lambda value: "" if math.isnan(value) else f"{value:.9g}") for name in NUMBERS})
    every["off"] = table["off"].map(lambda value: "" if math.isnan(value) else f"{value:.1e}")
    every.to_csv(folder / "numbers.csv", index=False)
    agreement(table).to_csv(folder / "agreement.csv", index=False)
    for tool, part in told.groupby("tool"):
        shown = part[part["measured"] > 0][[name for name in HEADS if (part[name] != "").any()]].rename(columns=HEADS)
        shown.to_csv(folder / f"known_{tool.lower()}.csv", index=False)
    dated = {**versions, "date of the run": datetime.datetime.now(datetime.UTC).date().isoformat()}
    pd.DataFrame(dated.items(), columns=["package", "version"]).to_csv(folder / "versions.csv", index=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--only", default="", help="functions that contain this text; writes nothing")
    given = parser.parse_args()
    cases = [
        case
        for ask in (*about_statistics.ALL, *about_designs.ALL, *about_weights.ALL)
        for case in ask()
        if given.only in case.function
    ]
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), sorted(name for name in set(names) if names.count(name) > 1)
    data = frames()
    versions, from_r = r_answers(cases, data)
    answers = {tool: python_answers(tool, cases, data) for tool in installed()}
    table = table_of(cases, from_r, answers)
    versions = {"R": versions.get("R", "-"), "R survey": versions.get("survey", "-"), **installed()}
    told, new = explained(table)
    if not given.only:
        write(table, told, versions, given.out)
    print(versions, f"{len(cases)} cases")
    print(agreement(table).to_string(index=False))
    functions = set(table["function"])
    gone = [
        row
        for row in told.itertuples()
        if row.measured == 0 and functions & set(row.functions.split("; ")) and row.tool in set(table["tool"])
    ]
    print("Known, and no longer found:", [f"{row.tool}: {row.functions}" for row in gone] or "none")
    print("Found, and not known:", new or "none")


if __name__ == "__main__":
    main()
