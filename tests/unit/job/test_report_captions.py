"""What the sentences and captions of a report may say: nothing that gives a withheld cell away, no difference that may be none."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import lxml.html
import numpy as np
import pandas as pd
import pytest

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.job import sample_config
from prevalence.job._masks import Shown
from prevalence.job.config import read_config
from prevalence.job.reporting._document import document
from prevalence.job.reporting.drawings import figure
from prevalence.job.reporting.findings import finding
from prevalence.job.reporting.grids import Style
from prevalence.job.tables import Table
from prevalence.report import Published, language, rule
from prevalence.report.document.journal import journal
from prevalence.report.document.phrases import phrases

NAME = "statistical-report"
FEW = 30
"""Children of the last age group: too few for cells by sex."""


@pytest.fixture
def style() -> Style:
    words = language("en")
    return Style(words=words, rule=rule("mics"), phrases=phrases("en"), journal=journal(words))


def by_chain(rates: dict[str, float]) -> Estimates:
    """Return child labour of 400 children by chain, in each chain the given share."""
    rows = pd.DataFrame(
        {
            "w": 1.0,
            "chain": np.repeat(list(rates), 400),
            "child_labour": np.concatenate([np.arange(400) % 100 < 100 * rate for rate in rates.values()]).astype(float),
        }
    )
    return pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="chain", margins=["chain"])


@pytest.mark.parametrize("margins", [["age_group", "sex"], []])
def test_a_caption_has_no_count_where_the_whole_or_a_part_of_it_is_withheld(style: Style, margins: list[str]) -> None:
    rows = pd.DataFrame(
        {"w": 1.0, "age_group": ["5-11"] * 200 + ["12-14"] * 150 + ["15-17"] * 20, "child_labour": [0.0, 1.0] * 185}
    )
    rows["sex"] = ["Female", "Male"] * 185
    survey = pv.Survey(rows, pv.Design(weight="w"))
    estimates = pv.prevalence(survey, "child_labour", by=["age_group", "sex"], margins=margins)
    whole = Published(estimates, ("",) * len(estimates))
    plan = read_config(sample_config()).config.surveys[0]
    shown = Shown(table=Table(plan=plan, id="sex_by_age", title="t", estimates=estimates), published=whole)
    ages = next(key for key in estimates.keys if key.name == "age_group").texts()
    masked = replace(whole, reasons=tuple("withheld: to protect people" if age in ("15-17", "All") else "" for age in ages))
    told = figure(shown, whole, style, name="x", title="t")
    kept = figure(shown, masked, style, name="x", title="t")
    assert told is not None and kept is not None
    assert "n = 370" in told.note
    assert "n =" not in kept.note and "370" not in kept.note
    assert kept.note.endswith("Withheld estimates are not drawn.")


def test_captions_tell_no_count_that_no_table_has(small: Callable[..., Path], tmp_path: Path) -> None:
    config = small()
    rows = pd.read_csv(tmp_path / "small.csv")
    old = rows[rows["age"] >= 15].head(FEW)
    rows = pd.concat([rows[rows["age"] < 15], old])
    rows.to_csv(tmp_path / "small.csv", index=False)
    made = document(config, tmp_path / "out", formats=["html"], quiet=True)
    estimates = pd.read_csv(made.folder / f"{NAME}.csv", dtype=str, keep_default_na=False)
    assert estimates["flag"].str.startswith("withheld").any()
    page = lxml.html.fromstring((made.folder / f"{NAME}.html").read_text(encoding="utf-8"))
    notes = [" ".join(each.text_content().split()) for each in page.xpath("//figure")]
    assert notes
    told = {number for note in notes for number in re.findall(r"n = (\d+)", note)}
    assert told <= set(estimates["n"])


@pytest.mark.parametrize(
    ("rates", "chain"),
    [
        ({"cocoa": 0.30, "gold": 0.10, "tea": 0.20}, "cocoa"),
        ({"cocoa": 0.21, "gold": 0.20, "tea": 0.20}, None),
    ],
)
def test_the_chain_of_the_summary_is_told_apart_from_everyone(rates: dict[str, float], chain: str | None, style: Style) -> None:
    estimates = by_chain(rates)
    excess = estimates.excess("chain")
    parts = {
        "chain_by_sex": Published(estimates, ("",) * len(estimates)),
        "chain_by_sex_excess": Published(excess, ("",) * len(excess)),
    }
    found = finding(parts, style, place="", survey="x")
    assert found is not None and found.chains
    assert (found.chain.label if found.chain else None) == chain
    hidden = {**parts, "chain_by_sex_excess": Published(excess, ("withheld: to protect people",) * len(excess))}
    silent = finding(hidden, style, place="", survey="x")
    assert silent is not None and silent.chain is None and not silent.chains
