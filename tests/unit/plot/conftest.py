"""A small survey of children for the figures, with every kind of cell that a figure must tell of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.provenance import Codebook, Definition, Provenance, Variable
from prevalence.survey import Survey

AGES = ("5-11", "12-14", "15-17")
CHAINS = ("cocoa", "coffee", "fishing")


@dataclass(frozen=True)
class Masked:
    """What a figure asks of a table with withheld rows."""

    estimates: Estimates
    hidden: npt.NDArray[np.bool_]


def rule(name: str, version: str) -> Definition:
    return Definition(indicator="child_labour", name=name, version=version, title="t", source="s", status="verified")


def rows_where(table: Estimates, **levels: str) -> npt.NDArray[np.bool_]:
    """Return the rows that bear the levels."""
    columns = table.columns()
    return np.array([all(columns[name][row] == level for name, level in levels.items()) for row in range(len(table))])


@pytest.fixture(scope="session")
def children() -> Survey:
    size, rng = 1200, np.random.default_rng(7)
    chain = np.array([*CHAINS, "none"])[np.arange(size) % 4]
    chain[:12] = "mining"
    data = pd.DataFrame(
        {
            "w": rng.uniform(50, 150, size),
            "psu": np.arange(size) % 60,
            "sex": rng.choice(["Female", "Male"], size),
            "age_group": rng.choice(AGES, size),
            "chain": chain,
            "child_labour": (rng.random(size) < 0.25).astype(float),
            "wide": (rng.random(size) < 0.4).astype(float),
            "loads": (rng.random(size) < 0.5).astype(float),
            "dust": (rng.random(size) < 0.1).astype(float),
            "one": 1.0,
        }
    )
    codebook = Codebook(
        {
            "age_group": Variable(levels={age: age for age in AGES}),
            "sex": Variable(levels={"Female": "Female", "Male": "Male"}),
            "chain": Variable(levels={name: name for name in (*CHAINS, "mining", "none")}),
        }
    )
    definitions = {"child_labour": rule("sdg-8.7.1", "March 2019"), "wide": rule("mics6", "2021")}
    design = pv.Design(weight="w", psu="psu")
    return Survey(data, design, codebook=codebook, provenance=Provenance(definitions=definitions))


@pytest.fixture(scope="session")
def chains(children: Survey) -> Estimates:
    """By chain and sex, with margins; ``mining`` has 12 children."""
    return pv.prevalence(children, "child_labour", by=["chain", "sex"], margins=True)
