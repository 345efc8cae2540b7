"""Sentences as a reader sees them, and what withheld rows keep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import prevalence as pv
from prevalence.estimates import Estimates
from prevalence.report import Published, withheld, withheld_contrasts
from prevalence.report.main_finding import comparable, furthest, headline
from prevalence.report.words import alternative, told


def parts(table: Estimates, *, publish: bool) -> tuple[Published, Published, Published]:
    reasons = withheld([table])[0]
    gap, excess = table.difference("sex", "Female", "Male"), table.excess("supply_chain")
    chains = [(chain, "All") for chain in ("cocoa", "garment", "mining")]
    return (
        Published(table, reasons, publish),
        Published(gap, withheld_contrasts(gap, table, reasons, "sex", [("Female", "Male")]), publish),
        Published(excess, withheld_contrasts(excess, table, reasons, "supply_chain", chains), publish),
    )


def test_headline_says_estimate_interval_sexes_gap_and_the_chain_that_stands_out(table: Estimates) -> None:
    said = headline(*parts(table, publish=True), place="XAA")
    share = 100 * table.numbers.estimate[-1]
    assert said.startswith(f"In XAA, child labour is estimated at {share:.1f}% (95% interval [")
    assert "n = 475" in said
    assert "percentage points" in said
    assert "the furthest above is cocoa" in said


def test_a_larger_excess_that_is_not_told_apart_from_zero_is_passed_over(table: Estimates) -> None:
    excess = table.excess("supply_chain")
    noisy, clear = np.flatnonzero(comparable(Published(excess, ("",) * len(excess))))[:2]
    estimate, se = np.zeros(len(excess)), np.full(len(excess), 0.1)
    estimate[[noisy, clear]], se[[noisy, clear]] = (0.5, 0.1), (0.5, 0.01)
    changed = replace(excess, numbers=replace(excess.numbers, estimate=estimate, se=se))
    found = furthest(Published(changed, ("",) * len(changed)))
    assert found is not None
    assert found[0] == clear
    assert furthest(Published(changed, ("withheld",) * len(changed))) is None


def test_headline_without_a_country_begins_with_the_indicator(table: Estimates) -> None:
    assert headline(*parts(table, publish=True), place="").startswith("Child labour is estimated at")


def test_headline_of_a_withheld_country_says_so(table: Estimates) -> None:
    hidden = Published(table, ("withheld: to protect people",) * len(table))
    assert headline(hidden, None, None, place="XAA") == "In XAA, child labour is withheld."


def test_alternative_text_tells_no_withheld_number(table: Estimates) -> None:
    shown = parts(table, publish=True)[0]
    said = alternative(shown, "Title")
    assert "Garment, Female withheld" in said
    assert f"All, All {100 * table.numbers.estimate[-1]:.1f}%" in said
    assert "Mining" not in said


def test_withheld_rows_keep_labels_and_lose_every_number(table: Estimates) -> None:
    columns = parts(table, publish=True)[0].columns()
    row = columns["flag"].index("withheld: fewer than 25 observations")
    assert (columns["supply_chain"][row], columns["sex"][row]) == ("garment", "Female")
    numbers = [name for name, values in columns.items() if not isinstance(values, list)]
    assert len(numbers) == 13
    assert all(columns[name][row] != columns[name][row] for name in numbers)


def test_unpublished_rows_keep_numbers_and_say_what_would_be_withheld(table: Estimates) -> None:
    columns = parts(table, publish=False)[0].columns()
    row = columns["flag"].index("would be withheld: fewer than 25 observations")
    assert columns["n"][row] == 20


def test_texts_have_the_decimals_and_the_unit_of_their_statistic(table: Estimates, children: pv.Survey) -> None:
    number = pv.total(children, "child_labour")
    ratio = pv.ratio(children, "child_labour", "w")
    assert told(Published(number, ("",)))[0].estimate == f"{number.numbers.estimate[0]:.0f}"
    assert told(Published(ratio, ("",)))[0].estimate == f"{ratio.numbers.estimate[0]:.2f}"
    gap = table.select(supply_chain=["cocoa", "All"]).difference("sex", "Female", "Male")
    said = alternative(Published(gap, ("", "")), "Title")
    assert "%" not in said
    assert f"All {told(Published(gap, ('', '')))[1].estimate} percentage points" in said


def test_texts_of_rounded_numbers_hold_no_point_for_an_interval(children: pv.Survey) -> None:
    rules = pv.report.Disclosure(round_people=1000)
    number = pv.total(children, "child_labour")
    said = told(Published(number, ("",), True, rules))[0]
    assert number.numbers.estimate[0] == pytest.approx(219, abs=10)
    assert (said.estimate, said.interval) == ("0", "[0, 1,000]")
