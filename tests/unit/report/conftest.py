"""A small survey of two chains with every kind of cell: published, in parentheses, weak, small, empty."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.provenance import Codebook, Definition, Provenance, Variable
from prevalence.survey import Family, Survey

SNAPSHOTS = Path(__file__).resolve().parents[2] / "snapshots"
WRITE = "PREVALENCE_WRITE_SNAPSHOTS"
"""Set it in the environment to write the snapshots anew, and read what git says of them."""

CELLS = {
    ("cocoa", "Female"): (40, 12),
    ("cocoa", "Male"): (60, 30),
    ("garment", "Female"): (20, 6),
    ("garment", "Male"): (45, 2),
    ("none", "Female"): (150, 20),
    ("none", "Male"): (160, 40),
}


@pytest.fixture(scope="session")
def children() -> Survey:
    rows = [
        {"chain_cocoa": float(chain == "cocoa"), "chain_garment": float(chain == "garment"), "chain_mining": 0.0, "sex": sex,
         "child_labour": float(i < cases), "psu": i % 20, "w": 1.0 + i % 3}
        for (chain, sex), (n, cases) in CELLS.items()
        for i in range(n)
    ]  # fmt: skip
    chains = {chain: f"chain_{chain}" for chain in ("cocoa", "garment", "mining")}
    family = Family(name="supply_chain", members=chains, exposure="household", denominator="children of producing households")
    rule = Definition(
        indicator="child_labour",
        name="sdg-8.7.1",
        version="March 2019",
        title="children in economic activity at or above the hours of their age",
        source="UNSD metadata",
        status="to be verified",
    )
    return Survey(
        pd.DataFrame(rows),
        pv.Design(weight="w", psu="psu"),
        codebook=Codebook({"sex": Variable(levels={"Female": "Female", "Male": "Male"})}),
        provenance=Provenance(definitions={"child_labour": rule}),
        families={"supply_chain": family},
    )


@pytest.fixture(scope="session")
def table(children: Survey) -> Estimates:
    return pv.prevalence(children, "child_labour", by=["supply_chain", "sex"], margins=True)


@pytest.fixture
def snapshot() -> Callable[[str, str], None]:
    """Compare HTML, its style aside, with a file of tests/snapshots."""

    def check(name: str, text: str) -> None:
        body = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL).strip() + "\n"
        if os.environ.get(WRITE):
            (SNAPSHOTS / name).write_text(body, encoding="utf-8")
        assert body == (SNAPSHOTS / name).read_text(encoding="utf-8")

    return check
