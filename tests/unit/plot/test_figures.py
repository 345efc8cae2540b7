"""Gap, excess, definitions, heat map and pyramid: what is drawn where, what is not drawn but said, and what they refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import prevalence as pv
from prevalence.errors import OptionError
from prevalence.estimates import Estimates
from prevalence.plot.looks import FURTHER, LOOKS
from prevalence.provenance import Provenance
from prevalence.survey import Survey

from .conftest import AGES, Masked, rows_where, rule

EXACT = 1e-9  # positions are floats of the table times 100


def axes() -> Axes:
    return Figure(figsize=(6, 4)).add_subplot()


def said(ax: Axes) -> str:
    return " | ".join(" ".join(text.get_text().split()) for text in ax.texts)


def names(ax: Axes) -> list[str]:
    return [" ".join(label.get_text().split()) for label in ax.get_yticklabels()]


def markers(ax: Axes, name: str) -> np.ndarray:
    line = next(line for line in ax.get_lines() if line.get_label() == name)
    return np.asarray(line.get_xdata(), dtype=float)


def whiskers(ax: Axes, place: int = 0) -> np.ndarray:
    """Return both ends of the whiskers of a series, shape (levels, 2)."""
    return np.array([segment[:, 0] for segment in ax.collections[place].get_segments()])


def hollow(ax: Axes) -> int:
    return sum(len(line.get_xdata()) for line in ax.get_lines() if line.get_label() == "_weak")


# gap


def test_gap_is_the_difference_of_the_table_with_its_interval(chains: Estimates) -> None:
    found = chains.difference("sex", "Female", "Male")
    ax = pv.plot.gap(chains, ax=axes())
    np.testing.assert_allclose(ax.get_lines()[1].get_xdata(), 100 * found.numbers.estimate, atol=EXACT)
    np.testing.assert_allclose(whiskers(ax)[:, 0], 100 * found.limits.low, atol=EXACT)
    np.testing.assert_allclose(whiskers(ax)[:, 1], 100 * found.limits.high, atol=EXACT)
    assert names(ax) == ["Cocoa", "Coffee", "Fishing", "Mining", "None", "All"]
    assert any(list(line.get_xdata()) == [0, 0] for line in ax.get_lines())
    assert ax.get_xlabel() == "Female minus Male, percentage points"
    assert "Child labour (sdg-8.7.1, March 2019); n of the smaller side" in said(ax)
    assert "95% interval (t)" in said(ax)


def test_gap_of_differences_made_before_is_the_same_figure(chains: Estimates) -> None:
    first = pv.plot.gap(chains, a="Male", b="Female", ax=axes())
    second = pv.plot.gap(chains.difference("sex", "Male", "Female"), ax=axes())
    np.testing.assert_array_equal(first.get_lines()[1].get_xdata(), second.get_lines()[1].get_xdata())
    assert first.get_xlabel() == second.get_xlabel() == "Male minus Female, percentage points"


def test_gap_is_withheld_with_either_side(chains: Estimates) -> None:
    hidden = rows_where(chains, chain="cocoa", sex="Male") | rows_where(chains, chain="fishing", sex="Female")
    ax = pv.plot.gap(Masked(chains, hidden), ax=axes())
    drawn = np.asarray(ax.get_lines()[1].get_xdata(), dtype=float)
    assert np.flatnonzero(np.isnan(drawn)).tolist() == [0, 2]
    assert said(ax).count("withheld") == 2
    assert "Withheld estimates are not drawn." in said(ax)


def test_gap_of_other_groups_and_its_errors(children: Survey, chains: Estimates) -> None:
    ax = pv.plot.gap(chains.select(sex="All"), dimension="chain", a="cocoa", b="coffee", ax=axes())
    assert ax.get_xlabel() == "Cocoa minus Coffee, percentage points"
    with pytest.raises(OptionError, match=r"gap needs the dimension 'sex'; the table has 'chain'"):
        pv.plot.gap(pv.prevalence(children, "child_labour", by="chain"), ax=axes())
    with pytest.raises(OptionError, match="no level 'Femal'"):
        pv.plot.gap(chains, a="Femal", ax=axes())


# excess


def test_excess_is_each_level_minus_the_margin(chains: Estimates) -> None:
    whole = chains.select(sex="All")
    found = whole.excess("chain")
    ax = pv.plot.excess(whole, ax=axes())
    np.testing.assert_allclose(markers(ax, "All"), 100 * found.numbers.estimate, atol=EXACT)
    np.testing.assert_allclose(whiskers(ax)[:, 0], 100 * found.limits.low, atol=EXACT)
    assert names(ax) == ["Cocoa", "Coffee", "Fishing", "Mining", "None"]
    assert ax.get_xlabel() == "each minus All, percentage points"


def test_excess_by_sex_and_from_excesses_made_before(chains: Estimates) -> None:
    first, second = (pv.plot.excess(table, ax=axes()) for table in (chains, chains.excess("chain")))
    for sex in ("Female", "Male", "All"):
        expected = 100 * chains.select(sex=sex).excess("chain").numbers.estimate
        np.testing.assert_allclose(markers(first, sex), expected, atol=EXACT)
        np.testing.assert_array_equal(markers(first, sex), markers(second, sex))
    assert names(first) == names(second)


def test_excess_is_withheld_with_its_level_or_with_the_margin(chains: Estimates) -> None:
    whole = chains.select(sex="All")
    drawn = markers(pv.plot.excess(Masked(whole, rows_where(whole, chain="coffee")), ax=axes()), "All")
    assert np.isnan(drawn).tolist() == [False, True, False, False, False]
    drawn = markers(pv.plot.excess(Masked(chains, rows_where(chains, chain="All", sex="Female")), ax=axes()), "Female")
    assert np.isnan(drawn).all()


def test_excess_needs_one_dimension_with_its_margin(children: Survey, chains: Estimates) -> None:
    with pytest.raises(OptionError, match="margins=True"):
        pv.plot.excess(pv.prevalence(children, "child_labour", by="chain"), ax=axes())
    with pytest.raises(OptionError, match="one dimension beside sex"):
        pv.plot.excess(pv.prevalence(children, "child_labour", by=["chain", "age_group"], margins=True), ax=axes())
    with pytest.raises(OptionError, match="needs the dimension 'area'"):
        pv.plot.excess(chains, dimension="area", ax=axes())


# definitions


def test_definitions_of_one_table_bear_the_names_of_their_standards(children: Survey) -> None:
    table = pv.prevalence(children, ["child_labour", "wide"], by="chain", margins=True)
    ax = pv.plot.definitions(table, ax=axes())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["sdg-8.7.1", "mics6"]
    for name, indicator in (("sdg-8.7.1", "child_labour"), ("mics6", "wide")):
        np.testing.assert_allclose(markers(ax, name), 100 * table.select(indicator=indicator).numbers.estimate, atol=EXACT)
    assert "sdg-8.7.1, March 2019; mics6, 2021; n = 1,200 (unweighted); 95% interval (Korn-Graubard)." in said(ax)


def test_definitions_of_several_tables_are_told_apart_by_version_or_by_the_user(children: Survey) -> None:
    older = Survey(
        children.data,
        children.design,
        codebook=children.codebook,
        provenance=Provenance(definitions={"child_labour": rule("sdg-8.7.1", "2017")}),
    )
    tables = [pv.prevalence(survey, "child_labour", by="chain") for survey in (children, older)]
    ax = pv.plot.definitions(tables, ax=axes())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["sdg-8.7.1, March 2019", "sdg-8.7.1, 2017"]
    ax = pv.plot.definitions({"new": tables[0], "old": tables[1]}, ax=axes())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["New", "Old"]
    assert "Child labour; sdg-8.7.1, March 2019; sdg-8.7.1, 2017; n = 1,200" in said(ax)


def test_definitions_of_tables_with_other_levels_stand_at_the_right_places(children: Survey) -> None:
    first = pv.prevalence(children, "child_labour", by="chain").select(chain=["coffee", "none"])
    second = pv.prevalence(children, "wide", by="chain").select(chain=["cocoa", "none"])
    ax = pv.plot.definitions([first, second], ax=axes())
    assert names(ax) == ["Coffee", "None", "Cocoa"]
    np.testing.assert_allclose(markers(ax, "sdg-8.7.1")[:2], 100 * first.numbers.estimate, atol=EXACT)
    np.testing.assert_allclose(markers(ax, "mics6")[[2, 1]], 100 * second.numbers.estimate, atol=EXACT)
    assert "Mics6: no observations" in said(ax)


def test_definitions_without_a_domain_stand_in_one_row(children: Survey) -> None:
    assert names(pv.plot.definitions(pv.prevalence(children, ["child_labour", "wide"]), ax=axes())) == ["All"]


def test_definitions_hide_what_a_table_withholds(children: Survey) -> None:
    table = pv.prevalence(children, ["child_labour", "wide"], by="chain")
    ax = pv.plot.definitions(Masked(table, rows_where(table, chain="coffee", indicator="wide")), ax=axes())
    assert np.isnan(markers(ax, "mics6")).tolist() == [False, True, False, False, False]
    assert np.isfinite(markers(ax, "sdg-8.7.1")).all()


def test_definitions_must_be_several_and_have_names(children: Survey, chains: Estimates) -> None:
    table = pv.prevalence(children, "child_labour", by="chain")
    with pytest.raises(OptionError, match="2 to 7; found 1"):
        pv.plot.definitions(table, ax=axes())
    with pytest.raises(OptionError, match="name of its own"):
        pv.plot.definitions([table, table], ax=axes())
    with pytest.raises(OptionError, match="one dimension beside definition"):
        pv.plot.definitions({"a": chains, "b": chains}, ax=axes())
    with pytest.raises(OptionError, match="for one table"):
        pv.plot.definitions([table, table], hidden=[True], ax=axes())


def test_series_differ_by_marker_and_colour() -> None:
    for looks in (FURTHER, tuple(LOOKS.values())):
        assert len({look.marker for look in looks}) == len(looks)
        assert len({look.colour for look in looks}) == len(looks)


# heat map


@pytest.fixture(scope="module")
def hazards(children: Survey) -> Estimates:
    return pv.prevalence(children, ["loads", "dust"], by="age_group", margins=True)


def cells(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if str(text.get_gid()).startswith("prevalence-cell")]


def test_heat_map_prints_the_estimates_in_their_cells(hazards: Estimates) -> None:
    ax = pv.plot.heat_map(hazards, labels={"loads": "Carries heavy loads"}, ax=axes())
    assert names(ax) == ["Carries heavy loads", "Dust"]
    assert [label.get_text() for label in ax.get_xticklabels()] == [*AGES, "All"]
    assert cells(ax) == [f"{100 * value:.1f}" for value in hazards.numbers.estimate]
    assert "Percent. Intervals are not drawn." in said(ax)
    assert "interval (" not in said(ax)


def test_heat_map_is_darker_in_grey_where_values_are_higher(hazards: Estimates) -> None:
    ax = pv.plot.heat_map(hazards, ax=axes())
    greys = [float(np.dot((0.299, 0.587, 0.114), to_rgb(cell.get_facecolor()))) for cell in ax.patches]
    values = hazards.numbers.estimate
    assert np.argsort(greys).tolist() == np.argsort(-values).tolist()
    assert np.ptp(greys) > 0.5


def test_heat_map_crosses_two_dimensions_and_leaves_out_what_nobody_answered(children: Survey) -> None:
    table = pv.prevalence(children, ["loads", "dust"], by=["age_group", "sex"])
    ax = pv.plot.heat_map(table, ax=axes())
    columns = [label.get_text() for label in ax.get_xticklabels()]
    assert [" ".join(name.split()) for name in columns[:3]] == ["5-11, Female", "5-11, Male", "12-14, Female"]
    turned = pv.plot.heat_map(table, columns=["sex", "age_group"], ax=axes())
    assert " ".join(turned.get_xticklabels()[0].get_text().split()) == "Female, 5-11"


def test_heat_map_marks_weak_cells_and_hatches_withheld_ones(hazards: Estimates) -> None:
    hidden, weak = (
        rows_where(hazards, indicator="loads", age_group="5-11"),
        rows_where(hazards, indicator="dust", age_group="All"),
    )
    ax = pv.plot.heat_map(Masked(hazards, hidden), weak=weak.tolist(), ax=axes())
    value = 100 * hazards.numbers.estimate[np.flatnonzero(weak)[0]]
    assert f"({value:.1f})" in cells(ax)
    assert len(cells(ax)) == len(hazards) - 1
    assert [cell.get_hatch() for cell in ax.patches if isinstance(cell, Rectangle)].count("////") == 1
    assert "( ): weak estimates, to be read with care. Hatched: withheld." in said(ax)


def test_heat_map_scale_can_be_given(hazards: Estimates) -> None:
    low, high = (pv.plot.heat_map(hazards, top=top, ax=axes()).patches[0].get_facecolor() for top in (1.0, 0.6))
    assert sum(low[:3]) > sum(high[:3])


def test_heat_map_says_what_it_needs(children: Survey, hazards: Estimates) -> None:
    with pytest.raises(OptionError, match="one or two in its columns; found none"):
        pv.plot.heat_map(pv.prevalence(children, ["loads", "dust"]), ax=axes())
    table = pv.prevalence(children, ["loads", "dust"], by=["age_group", "sex", "chain"])
    with pytest.raises(OptionError, match=r"table\.select"):
        pv.plot.heat_map(table, columns="sex", ax=axes())
    with pytest.raises(OptionError, match="below zero"):
        pv.plot.heat_map(
            pv.prevalence(children, ["loads", "dust"], by=["sex", "age_group"]).difference("sex", "Male", "Female"), ax=axes()
        )
    with pytest.raises(OptionError, match="needs the dimension 'hazard'"):
        pv.plot.heat_map(hazards, rows="hazard", ax=axes())


# pyramid


@pytest.fixture(scope="module")
def totals(children: Survey) -> Estimates:
    return pv.total(children, "child_labour", by=["age_group", "sex"])


def bars(ax: Axes) -> list[Rectangle]:
    return [bar for bar in ax.patches if isinstance(bar, Rectangle) and bar.get_width() and bar.get_height() < 0.7]


def test_pyramid_has_males_left_and_females_right_with_whiskers(totals: Estimates) -> None:
    ax = pv.plot.pyramid(totals, ax=axes())
    males, females = (totals.select(sex=sex) for sex in ("Male", "Female"))
    widths = [bar.get_width() for bar in bars(ax)]
    np.testing.assert_allclose(widths, [*-males.numbers.estimate, *females.numbers.estimate])
    assert [bar.get_y() + bar.get_height() / 2 for bar in bars(ax)] == pytest.approx([0, 1, 2, 0, 1, 2])
    np.testing.assert_allclose(whiskers(ax, 1)[:, 1], -males.limits.high)
    np.testing.assert_allclose(whiskers(ax, 3)[:, 0], females.limits.low)
    assert names(ax) == list(AGES)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Male", "Female"]
    assert len({bar.get_hatch() for bar in bars(ax)}) == 2
    low, high = ax.get_xlim()
    assert low == -high
    assert "Child labour (sdg-8.7.1, March 2019); n = 1,200 (unweighted); 95% interval (t on the log scale)." in said(ax)


def test_pyramid_counts_in_thousands_and_without_minus(totals: Estimates) -> None:
    ax = pv.plot.pyramid(totals, ax=axes())
    unit = {"people": 1.0, "people, in thousands": 1e3}[ax.get_xlabel()]
    assert ax.xaxis.get_major_formatter()(-3000.0, 0) == f"{3000 / unit:,.0f}"


def test_pyramid_of_shares_is_in_percent(children: Survey) -> None:
    table = pv.prevalence(children, "child_labour", by=["age_group", "sex"])
    ax = pv.plot.pyramid(table, left="Female", right="Male", ax=axes())
    np.testing.assert_allclose([bar.get_width() for bar in bars(ax)][:3], -100 * table.select(sex="Female").numbers.estimate)
    assert ax.xaxis.get_major_formatter()(-20.0, 0) == "20%"


def test_pyramid_draws_everyone_around_the_bars(children: Survey, totals: Estimates) -> None:
    everyone = pv.total(children, "one", by=["age_group", "sex"])
    ax = pv.plot.pyramid(totals, population=everyone, ax=axes())
    outlines = [bar.get_width() for bar in ax.patches if bar.get_height() > 0.8]
    np.testing.assert_allclose(outlines[-3:], everyone.select(sex="Female").numbers.estimate)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Male", "Female", "Everyone in scope"]


def test_pyramid_does_not_draw_what_is_withheld_and_leaves_weak_bars_hollow(totals: Estimates) -> None:
    hidden, weak = rows_where(totals, age_group="5-11", sex="Male"), rows_where(totals, age_group="12-14", sex="Female")
    ax = pv.plot.pyramid(Masked(totals, hidden), weak=weak.tolist(), ax=axes())
    assert len(bars(ax)) == 5
    assert [text.get_text() for text in ax.texts].count("withheld") == 1
    assert sum(to_rgb(bar.get_facecolor()) == (1, 1, 1) for bar in bars(ax)) == 1
    assert "Hollow: weak estimates, to be read with care." in said(ax)
    assert "n =" not in said(ax)


def test_pyramid_says_what_it_needs(children: Survey, totals: Estimates) -> None:
    with pytest.raises(OptionError, match=r"pyramid needs the dimension 'sex'"):
        pv.plot.pyramid(pv.total(children, "child_labour", by="age_group"), ax=axes())
    with pytest.raises(OptionError, match="needs an age beside sex"):
        pv.plot.pyramid(pv.total(children, "child_labour", by="sex"), ax=axes())
    with pytest.raises(OptionError, match="left= and right="):
        pv.plot.pyramid(totals, left="Boys", ax=axes())
    with pytest.raises(OptionError, match="found differences"):
        pv.plot.pyramid(totals.difference("sex", "Male", "Female"), ax=axes())
    shares = pv.prevalence(children, "child_labour", by=["age_group", "sex"])
    with pytest.raises(OptionError, match="totals for both"):
        pv.plot.pyramid(shares, population=totals, ax=axes())
    with pytest.raises(OptionError, match="must have the levels"):
        pv.plot.pyramid(totals, population=totals.select(age_group=["5-11", "12-14"]), ax=axes())


# weak cells, cells that cannot be estimated, tables that are none


def test_weak_cells_are_hollow_by_their_flags_or_as_asked(chains: Estimates) -> None:
    flagged = [flag.startswith("fewer than") for flag in chains.flags]
    assert any(flagged)
    assert hollow(pv.plot.dots(chains, ax=axes())) == sum(flagged)
    ax = pv.plot.dots(chains, weak=[False] * len(chains), ax=axes())
    assert hollow(ax) == 0
    assert "Hollow" not in said(ax)


def test_what_cannot_be_estimated_is_said(children: Survey) -> None:
    data = children.data.assign(child_labour=np.where(children.data["chain"] == "mining", np.nan, children.data["child_labour"]))
    table = pv.prevalence(Survey(data, children.design, codebook=children.codebook), "child_labour", by=["chain", "sex"])
    assert "Mining" not in names(pv.plot.dots(table, ax=axes()))
    data = children.data.assign(denominator=np.where(children.data["chain"] == "mining", 0.0, 1.0))
    ratio = pv.ratio(Survey(data, children.design, codebook=children.codebook), "child_labour", "denominator", by="chain")
    ax = pv.plot.dots(ratio, ax=axes())
    assert "not estimable" in said(ax)


def test_a_point_without_interval_is_drawn_and_said(children: Survey) -> None:
    data = pd.DataFrame({"w": 1.0, "psu": [1] * 40 + [2, 3] * 40, "area": ["a"] * 40 + ["b"] * 80, "y": [0.0, 1.0] * 60})
    table = pv.prevalence(Survey(data, pv.Design(weight="w", psu="psu")), "y", by="area")
    assert np.isnan(table.limits.low).tolist() == [True, False]
    ax = pv.plot.dots(table, ax=axes())
    assert "Without whisker: interval not estimable." in said(ax)


def test_age_profile_says_who_is_missing_below_the_age_and_breaks_there(children: Survey) -> None:
    table = pv.prevalence(children, "child_labour", by=["age_group", "sex"])
    ax = pv.plot.age_profile(Masked(table, rows_where(table, age_group="12-14", sex="Female")), ax=axes())
    assert [" ".join(label.get_text().split()) for label in ax.get_xticklabels()] == ["5-11", "12-14 Female: withheld", "15-17"]
    female = next(line for line in ax.get_lines() if line.get_label() == "Female")
    assert np.isnan(np.asarray(female.get_ydata(), dtype=float)).tolist() == [False, True, False]


def test_ribbons_lie_between_the_limits(children: Survey) -> None:
    table = pv.prevalence(children, "child_labour", by="age_group")
    ax = pv.plot.age_profile(table, ax=axes())
    ribbon = ax.collections[1].get_paths()[0].vertices[:, 1]
    assert ribbon.max() == pytest.approx(100 * table.limits.high.max())
    assert ribbon.min() == pytest.approx(100 * table.limits.low.min())


def test_other_things_are_no_tables(chains: Estimates) -> None:
    with pytest.raises(OptionError, match=r"needs Estimates, or what pv\.report\.published makes of them; found DataFrame"):
        pv.plot.dots(chains.to_pandas(), ax=axes())
    with pytest.raises(OptionError, match="weak needs one value a row"):
        pv.plot.dots(chains, weak=[True], ax=axes())
