"""Sentences as a reader sees them, and what withheld rows keep."""

from __future__ import annotations

from prevalence.estimates import Estimates
from prevalence.report import Published, withheld, withheld_contrasts
from prevalence.report.main_finding import headline
from prevalence.report.words import alternative


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
    assert "furthest above everyone is cocoa" in said


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
    assert len(numbers) == 12
    assert all(columns[name][row] != columns[name][row] for name in numbers)


def test_unpublished_rows_keep_numbers_and_say_what_would_be_withheld(table: Estimates) -> None:
    columns = parts(table, publish=False)[0].columns()
    row = columns["flag"].index("would be withheld: fewer than 25 observations")
    assert columns["n"][row] == 20
