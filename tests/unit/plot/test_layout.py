"""Layout and files: everything has room at every width, the Axes are as before, equal figures give equal bytes."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import prevalence as pv
from prevalence.errors import OptionError
from prevalence.estimates import Estimates
from prevalence.plot.files import _sized, rendered
from prevalence.plot.layout import CELL, key_columns
from prevalence.plot.texts import Names, width_of, wrapped
from prevalence.survey import Survey

from .conftest import Masked, rows_where

MILLIMETRES = 25.4
DOTS, SCREEN = 200, 80
A_PIXEL = 1  # widths are whole pixels
ROUNDING = 1.5  # pixels: letters are set on whole ones

LONG = {
    "cocoa": "Cocoa growing, with fermentation and drying of beans, and transport to the first buyer",
    "coffee": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "Female": "Girls and young women below eighteen years of age",
    "Male": "Boys and young men below eighteen years of age",
    "loads": "Carries heavy loads such as sacks, water, firewood or stones",
}


def figures(children: Survey, chains: Estimates) -> dict[str, Callable[[], Axes]]:
    by_age = ["age_group", "sex"]
    hidden = Masked(chains, rows_where(chains, chain="cocoa", sex="Male") | rows_where(chains, chain="mining"))
    both = pv.prevalence(children, ["child_labour", "wide"], by="chain", margins=True)
    hazards = pv.prevalence(children, ["loads", "dust"], by=by_age, margins=True)
    return {
        "dots": lambda: pv.plot.dots(hidden, labels=LONG),
        "age_profile": lambda: pv.plot.age_profile(pv.prevalence(children, "child_labour", by=by_age), labels=LONG),
        "gap": lambda: pv.plot.gap(hidden, labels=LONG),
        "excess": lambda: pv.plot.excess(chains, labels=LONG),
        "definitions": lambda: pv.plot.definitions(both, labels=LONG),
        "heat_map": lambda: pv.plot.heat_map(hazards, labels=LONG),
        "pyramid": lambda: pv.plot.pyramid(pv.total(children, "child_labour", by=by_age), labels=LONG),
        "trajectory": lambda: pv.plot.trajectory([2014, 2020, 2021], [0.2, 0.15, 0.14], se=[0.01] * 3, target=0.05),
        "margin_fit": lambda: pv.plot.margin_fit(
            pv.weighting.post_stratify(children, margins={"sex": {"Female": 60_000, "Male": 61_000}})
        ),
        "weight_effects": lambda: pv.plot.weight_effects(pv.weighting.trim(children, upper=140), by="sex"),
    }


NAMES = (
    "dots",
    "age_profile",
    "gap",
    "excess",
    "definitions",
    "heat_map",
    "pyramid",
    "trajectory",
    "margin_fit",
    "weight_effects",
)


@pytest.fixture(scope="module")
def drawn(children: Survey, chains: Estimates) -> dict[str, Axes]:
    with mpl.rc_context({"backend": "agg"}):
        made = {name: draw() for name, draw in figures(children, chains).items()}
    yield made
    pyplot.close("all")


def is_cell(text: Text) -> bool:
    return str(text.get_gid()).startswith(CELL)


def texts(ax: Axes) -> list[Text]:
    """Return the texts that can be seen, but for those in the cells, which may touch their frames."""
    legend = ax.get_legend()
    ticks = [label for axis in (ax.xaxis, ax.yaxis) for label in axis.get_ticklabels() if _within(ax, label)]
    found = [*ticks, *ax.texts, ax.xaxis.label, ax.yaxis.label, *(legend.get_texts() if legend else [])]
    return [text for text in found if text.get_text().strip() and text.get_visible() and not is_cell(text)]


def _within(ax: Axes, label: Text) -> bool:
    x, y = label.get_position()
    (left, right), (low, high) = ax.get_xlim(), sorted(ax.get_ylim())
    return (left <= x <= right or x in (0, 1)) and (low <= y <= high or y in (0, 1))


@pytest.mark.parametrize("width", ["column", "page"])
@pytest.mark.parametrize("name", NAMES)
def test_no_text_leaves_the_figure_or_covers_another(drawn: dict[str, Axes], name: str, width: str | None) -> None:
    ax = drawn[name]
    figure = ax.figure
    with _sized(figure, ax, width):
        figure.canvas.draw()
        boxes = [(text.get_text(), text.get_window_extent()) for text in texts(ax)]
        page = figure.bbox
        for text, box in boxes:
            assert box.x0 >= -ROUNDING, text
            assert box.x1 <= page.x1 + ROUNDING, text
            assert box.y0 >= -ROUNDING, text
            assert box.y1 <= page.y1 + ROUNDING, text
        for (one, a), (other, b) in itertools.combinations(boxes, 2):
            across = min(a.x1, b.x1) - max(a.x0, b.x0)
            down = min(a.y1, b.y1) - max(a.y0, b.y0)
            assert not (across > ROUNDING and down > ROUNDING), (one, other)


@pytest.mark.parametrize(("width", "millimetres"), [("column", 85), ("page", 170), (120, 120)])
def test_files_are_exactly_as_wide_as_asked(
    drawn: dict[str, Axes], tmp_path: Path, width: str | float, millimetres: float
) -> None:
    content = pv.plot.save(drawn["dots"], tmp_path / "a.png", width=width, dpi=DOTS).read_bytes()
    assert struct.unpack(">I", content[16:20])[0] == pytest.approx(millimetres / MILLIMETRES * DOTS, abs=A_PIXEL)
    drawing = pv.plot.save(drawn["dots"], tmp_path / "a.svg", width=width).read_text()
    assert f'width="{millimetres / MILLIMETRES * 72:.4f}'[:11] in drawing


def test_saving_at_a_width_leaves_the_axes_as_before(drawn: dict[str, Axes], tmp_path: Path) -> None:
    for name in ("dots", "heat_map", "trajectory"):
        before = rendered(drawn[name], "png", dpi=SCREEN)
        pv.plot.save(drawn[name], tmp_path / "a.pdf", width="column")
        assert rendered(drawn[name], "png", dpi=SCREEN) == before


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_equal_figures_give_equal_bytes_at_any_width(children: Survey, chains: Estimates, form: str) -> None:
    with mpl.rc_context({"backend": "agg"}):
        for name in ("dots", "heat_map"):
            first, second = (rendered(figures(children, chains)[name](), form, width="column") for _ in range(2))
            assert first == second
    pyplot.close("all")


def test_axes_of_ones_own_are_fitted_in_the_file_and_left_where_they_were(chains: Estimates) -> None:
    figure = Figure(figsize=(7, 4))
    FigureCanvasAgg(figure)
    ax = figure.add_subplot()
    place = ax.get_position().bounds
    pv.plot.dots(chains, ax=ax)
    ax.set_title("Child labour by supply chain of the household and sex, country of three letters, 2024", loc="left", pad=26)
    rendered(ax, "png")
    assert ax.get_position().bounds == pytest.approx(place)
    assert tuple(figure.get_size_inches()) == (7, 4)


def test_title_stands_above_the_key(chains: Estimates) -> None:
    with mpl.rc_context({"backend": "agg"}):
        ax = pv.plot.dots(chains)
    ax.set_title(
        "Child labour by supply chain of the household and sex, in three fictional countries, in the year 2024", loc="left"
    )
    with _sized(ax.figure, ax, "column"):
        ax.figure.canvas.draw()
        title = next(
            child for child in ax.get_children() if isinstance(child, Text) and child.get_text() == ax.get_title(loc="left")
        )
        assert "\n" in title.get_text()
        assert title.get_window_extent().y0 >= ax.get_legend().get_window_extent().y1 - ROUNDING
        assert title.get_window_extent().y1 <= ax.figure.bbox.y1
    pyplot.close("all")


def test_figures_of_several_axes_keep_their_own_layout(chains: Estimates, tmp_path: Path) -> None:
    figure = Figure(figsize=(7, 4), layout="constrained")
    for ax in figure.subplots(1, 2):
        pv.plot.dots(chains, ax=ax)
    content = pv.plot.save(ax, tmp_path / "a.png", width="page", dpi=DOTS).read_bytes()
    assert struct.unpack(">I", content[16:20])[0] == pytest.approx(170 / MILLIMETRES * DOTS, abs=A_PIXEL)
    assert tuple(figure.get_size_inches()) == (7, 4)


def test_unknown_widths_are_refused(drawn: dict[str, Axes], tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="'column', 'page'; found 'colum'"):
        pv.plot.save(drawn["dots"], tmp_path / "a.png", width="colum")
    with pytest.raises(OptionError, match="40 to 1,000 millimetres; found 4"):
        pv.plot.save(drawn["dots"], tmp_path / "a.png", width=4)


def test_lines_fit_their_room() -> None:
    for room in (20.0, 60.0, 200.0):
        for text in (*LONG.values(), "a", ""):
            lines = wrapped(text, room, 8.0).split("\n")
            assert all(width_of(line, 8.0) <= room for line in lines)
            assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_dollars_in_names_are_no_mathematics() -> None:
    names = Names(["a $x^2$ b"])
    assert names(0, 0) == r"a \$x^2\$ b"


def test_key_takes_as_few_rows_as_it_can() -> None:
    labels = ["one", "two", "three", "four"]
    assert key_columns(labels, 10.0, 1000.0, 20.0)[0] == 4
    assert key_columns(labels, 10.0, 1.0, 20.0)[0] == 1
    columns, total = key_columns(labels, 10.0, 130.0, 20.0)
    assert columns == 2
    assert total <= 130


def test_letters_stay_readable_at_column_width(drawn: dict[str, Axes]) -> None:
    for ax in drawn.values():
        with _sized(ax.figure, ax, "column"):
            ax.figure.canvas.draw()
            assert min(text.get_fontsize() for text in texts(ax)) >= 5.5


def test_numbers_in_cells_fit_their_cells(drawn: dict[str, Axes]) -> None:
    ax = drawn["heat_map"]
    with _sized(ax.figure, ax, "column"):
        ax.figure.canvas.draw()
        width = ax.bbox.width / np.ptp(ax.get_xlim())
        widths = [text.get_window_extent().width for text in ax.texts if is_cell(text)]
    assert max(widths) <= width + ROUNDING
