"""Figures: what is drawn where, for readers with and without colours, and the same bytes every time."""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import prevalence as pv
from prevalence.errors import OptionError, OutputError
from prevalence.estimates import Estimates
from prevalence.plot.looks import LOOKS
from prevalence.provenance import Codebook, Definition, Provenance, Variable
from prevalence.survey import Survey

HUNDREDTH_OF_A_POINT = 1e-2  # positions are floats of the table times 100
DISTINCT_GREY = 0.05  # least difference of lightness that print keeps apart; markers and lines differ besides


@pytest.fixture(scope="module")
def survey() -> Survey:
    size = 240
    data = pd.DataFrame(
        {
            "w": 1.0,
            "psu": np.arange(size) % 24,
            "sex": np.where(np.arange(size) % 2, "Male", "Female"),
            "age_group": np.array(["5-11", "12-14", "15-17"])[np.arange(size) % 3],
            "area": np.where(np.arange(size) % 5 < 2, "Urban", "Rural"),
            "child_labour": (np.arange(size) % 7 < 2).astype(float),
        }
    )
    ages = {age: age for age in ("5-11", "12-14", "15-17", "18-24")}
    codebook = Codebook({"age_group": Variable(levels=ages), "sex": Variable(levels={"Female": "Female", "Male": "Male"})})
    rule = Definition(indicator="child_labour", name="sdg-8.7.1", version="1", title="t", source="s", status="verified")
    return Survey(
        data, pv.Design(weight="w", psu="psu"), codebook=codebook, provenance=Provenance(definitions={"child_labour": rule})
    )


@pytest.fixture(scope="module")
def areas(survey: Survey) -> Estimates:
    return pv.prevalence(survey, "child_labour", by=["area", "sex"], margins=True)


@pytest.fixture(scope="module")
def ages(survey: Survey) -> Estimates:
    return pv.prevalence(survey, "child_labour", by=["sex", "age_group"], margins=True)


def axes() -> Axes:
    return Figure(figsize=(6, 4)).add_subplot()


def lines_by_name(ax: Axes) -> dict[str, mpl.lines.Line2D]:
    return {str(line.get_label()): line for line in ax.get_lines() if not str(line.get_label()).startswith("_")}


def test_dots_stand_at_the_estimates_in_percent(areas: Estimates) -> None:
    ax = pv.plot.dots(areas, ax=axes())
    drawn = lines_by_name(ax)["Female"].get_xdata()
    np.testing.assert_allclose(drawn, 100 * areas.select(sex="Female").numbers.estimate, atol=HUNDREDTH_OF_A_POINT)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Rural", "Urban", "All"]
    assert ax.xaxis.get_major_formatter()(20.0, 0) == "20%"


def test_intervals_are_those_of_the_table(areas: Estimates) -> None:
    ax = pv.plot.dots(areas, ax=axes())
    segments = ax.collections[0].get_segments()
    female = areas.select(sex="Female").limits
    np.testing.assert_allclose([s[0][0] for s in segments], 100 * female.low, atol=HUNDREDTH_OF_A_POINT)
    np.testing.assert_allclose([s[1][0] for s in segments], 100 * female.high, atol=HUNDREDTH_OF_A_POINT)


def test_hidden_cells_are_not_drawn_and_the_caption_says_so(areas: Estimates) -> None:
    hidden = [True, *[False] * (len(areas) - 1)]
    ax = pv.plot.dots(areas, hidden=hidden, ax=axes())
    assert np.isnan(np.asarray(lines_by_name(ax)["Female"].get_xdata())[0])
    assert any("Withheld estimates are not drawn." in flat(text.get_text()) for text in ax.texts)
    assert not any("Withheld" in text.get_text() for text in pv.plot.dots(areas, ax=axes()).texts)


def test_a_level_with_nothing_shown_says_so(areas: Estimates) -> None:
    hidden = [key == "Rural" for key in areas.columns()["area"]]
    ax = pv.plot.dots(areas, hidden=hidden, ax=axes())
    assert [text.get_text() for text in ax.texts].count("withheld") == 1


def test_caption_carries_definition_count_and_interval(areas: Estimates) -> None:
    texts = [text.get_text() for text in pv.plot.dots(areas, ax=axes()).texts]
    assert "Child labour (sdg-8.7.1, 1); n = 240 (unweighted); 95% interval (Korn-Graubard)." in map(flat, texts)
    texts = [text.get_text() for text in pv.plot.dots(areas.ci(0.9, method="korn-graubard"), ax=axes()).texts]
    assert any("90% interval (Korn-Graubard)" in flat(text) for text in texts)


def test_age_profile_follows_the_order_of_ages_and_leaves_out_empty_ones(ages: Estimates) -> None:
    ax = pv.plot.age_profile(ages, ax=axes())
    assert [label.get_text() for label in ax.get_xticklabels()] == ["5-11", "12-14", "15-17"]
    drawn = lines_by_name(ax)["Male"].get_ydata()
    expected = [ages.select(sex="Male", age_group=age).numbers.estimate[0] for age in ("5-11", "12-14", "15-17")]
    np.testing.assert_allclose(drawn, 100 * np.array(expected), atol=HUNDREDTH_OF_A_POINT)


def test_sexes_differ_without_colour(ages: Estimates) -> None:
    lines = lines_by_name(pv.plot.age_profile(ages, ax=axes()))
    assert len({line.get_marker() for line in lines.values()}) == 3
    assert len({line.get_linestyle() for line in lines.values()}) == 3
    colours = {mpl.colors.to_rgb(LOOKS[sex].colour) for sex in ("Female", "Male")}
    greys = sorted(0.299 * r + 0.587 * g + 0.114 * b for r, g, b in colours)
    assert greys[1] - greys[0] > DISTINCT_GREY


def test_given_axes_are_used_and_pyplot_keeps_no_figure(areas: Estimates) -> None:
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    ax = axes()
    assert pv.plot.dots(areas, ax=ax) is ax
    assert pyplot.get_fignums() == before


def test_without_axes_a_figure_is_made_for_the_notebook(ages: Estimates) -> None:
    from matplotlib import pyplot

    with mpl.rc_context({"backend": "agg"}):
        ax = pv.plot.age_profile(ages)
    assert ax.figure.number in pyplot.get_fignums()
    pyplot.close(ax.figure.number)


def test_differences_are_points_around_zero(areas: Estimates) -> None:
    ax = pv.plot.dots(areas.difference("sex", "Female", "Male"), ax=axes())
    assert ax.get_xlabel() == "percentage points"
    assert any(list(line.get_xdata()) == [0, 0] for line in ax.get_lines())


def test_means_are_not_percent(survey: Survey) -> None:
    ax = pv.plot.dots(pv.mean(survey, "psu", by="area"), ax=axes())
    assert ax.get_xlabel() == "estimate"


def test_two_dimensions_beside_sex_are_one_too_many(survey: Survey) -> None:
    table = pv.prevalence(survey, "child_labour", by=["area", "age_group"])
    with pytest.raises(OptionError, match="one dimension beside sex"):
        pv.plot.dots(table, ax=axes())


def test_age_profile_needs_ages(areas: Estimates) -> None:
    with pytest.raises(OptionError, match="'age_group'"):
        pv.plot.age_profile(areas, ax=axes())


def test_hidden_must_fit(areas: Estimates) -> None:
    with pytest.raises(OptionError, match="one value a row"):
        pv.plot.dots(areas, hidden=[True], ax=axes())


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_same_figure_same_bytes(areas: Estimates, tmp_path: Path, form: str) -> None:
    first, second = (pv.plot.save(pv.plot.dots(areas, ax=axes()), tmp_path / f"{n}.{form}").read_bytes() for n in (1, 2))
    assert first == second
    assert b"dc:date" not in first


def test_saving_leaves_the_settings_of_the_session_alone(areas: Estimates, tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    pv.plot.save(pv.plot.dots(areas, ax=axes()), tmp_path / "a.svg")
    assert dict(mpl.rcParams) == before


def test_unknown_format_and_absent_folder(areas: Estimates, tmp_path: Path) -> None:
    ax = pv.plot.dots(areas, ax=axes())
    with pytest.raises(OptionError, match="format"):
        pv.plot.save(ax, tmp_path / "a.gif")
    with pytest.raises(OutputError, match=r"a\.svg"):
        pv.plot.save(ax, tmp_path / "absent" / "a.svg")


def test_figures_of_the_report_need_no_pyplot() -> None:
    """Loading the room must not set up windows on a server."""
    import subprocess

    script = "import sys, prevalence.plot; print('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "False"


def texts_of(axes: Axes) -> str:
    return "\n".join(flat(text.get_text()) for text in axes.texts)


def flat(text: str) -> str:
    """Return a text without the breaks that its room asked for."""
    return " ".join(text.split())


def test_trajectory_says_where_the_observed_rate_leads_and_what_the_target_needs() -> None:
    found = pv.baseline.progress([2014, 2022], [0.22, 0.18], se=[0.012, 0.011], target=0.05)
    axes = pv.plot.trajectory([2022, 2014], [0.18, 0.22], se=[0.011, 0.012], target=0.05, ax=Figure().add_subplot())
    assert f"{found.projected:.1%} [{100 * found.projected_low:.1f}, {100 * found.projected_high:.1f}]" in texts_of(axes)
    assert f"needs {found.required_aarr:.1%} a year" in texts_of(axes)
    assert "Progress: Limited (probability of this class 99.2%). Chance to arrive by 2030: below 0.1%." in texts_of(axes)
    # The widest band of the fan ends at the limits, the narrowest lies inside.
    ends = sorted(float(np.ptp(band.get_paths()[0].vertices[:, 1])) for band in axes.collections[:3])
    assert len(axes.collections) == 4
    assert ends[0] < ends[2]
    outer = axes.collections[0].get_paths()[0].vertices
    assert outer[outer[:, 0] == 2030][:, 1].max() == pytest.approx(100 * found.projected_high)


def test_trajectory_of_counts_to_an_end_without_errors() -> None:
    axes = pv.plot.trajectory(
        [2016, 2020, 2021], [9e5, 8e5, 7.9e5], target=0, ending=5e4, method="unicef", ax=Figure().add_subplot()
    )
    told = texts_of(axes)
    assert "ended: 50,000" in told
    assert "No standard errors were given" in told
    assert "Fan:" not in told
    bare = pv.plot.trajectory([2016, 2020], [0.3, 0.2], ax=Figure().add_subplot())
    assert "Needed" not in texts_of(bare)


def test_trajectory_needs_levels_between_0_and_1() -> None:
    with pytest.raises(OptionError, match="at least one confidence"):
        pv.plot.trajectory([2016, 2020], [0.3, 0.2], levels=())
    with pytest.raises(OptionError, match="below 1; found 95"):
        pv.plot.trajectory([2016, 2020], [0.3, 0.2], levels=(95,))
