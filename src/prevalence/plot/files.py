"""Figures as files: the same figure gives the same bytes, as wide as the column or the page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl

from prevalence.errors import OptionError, check_option
from prevalence.plot.layout import Fitted, fit, settle
from prevalence.plot.scale import scaled
from prevalence.written import write_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("svg", "png", "pdf")
DOTS_PER_INCH = 200
VECTOR = 72
"""Dots an inch at which matplotlib measures what it writes without dots."""
UNDATED: dict[str, dict[str, None]] = {
    "svg": {"Date": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "ModDate": None},
}
WIDTHS = {"column": 85.0, "page": 170.0}
"""Millimetres: one column of two, and the whole width, of a page in A4."""
SIZES = {85.0: 0.75, 170.0: 0.9}
"""Part of the size on the screen that fonts, lines and markers have at a width in millimetres."""
MILLIMETRES = 25.4
"""An inch."""


def save(ax: Axes, path: str | Path, *, width: str | float | None = None, dpi: int = DOTS_PER_INCH) -> Path:
    """Write the figure of an Axes; the ending of the name says the format.

    Parameters
    ----------
    ax : Axes
    path : path
        Ends in ``.svg``, ``.png`` or ``.pdf``.
    width : {"column", "page"} or float, optional
        Exact width of the file: 85 mm, 170 mm, or a number of millimetres. Fonts, lines and markers shrink with it as far as they stay
        readable, names and caption are broken anew, and the height follows. By default as wide as the figure is.
    dpi : int
        Dots an inch of a ``.png``.

    Returns
    -------
    Path

    Raises
    ------
    OptionError
        If the ending or the width is another.
    OutputError
        If the file cannot be written.

    Notes
    -----
    The Axes are as before afterwards. In figures of several Axes nothing is moved but by matplotlib's own layout.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from matplotlib.figure import Figure
    >>> save(Figure().add_subplot(), pathlib.Path(tempfile.mkdtemp(), "empty.svg"), width="column").name
    'empty.svg'
    """
    target = Path(path)
    return write_file(target, rendered(ax, target.suffix.removeprefix("."), width=width, dpi=dpi))


def rendered(ax: Axes, form: str, *, width: str | float | None = None, dpi: int = DOTS_PER_INCH) -> bytes:
    """Return the figure of an Axes as the bytes of a file: no dates, fixed ids, room for the caption."""
    check_option("format", form, FORMATS)
    figure: Figure = ax.figure.figure
    buffer = io.BytesIO()
    with _sized(figure, ax, width, dpi if form == "png" else VECTOR), mpl.rc_context():
        mpl.rcParams["svg.hashsalt"] = "prevalence"
        mpl.rcParams["svg.fonttype"] = "path"
        exact = isinstance(figure.get_layout_engine(), Fitted) or width is not None
        figure.savefig(
            buffer, format=form, dpi=dpi, metadata=UNDATED[form], bbox_inches=None if exact else "tight", facecolor="white"
        )
    return buffer.getvalue()


@contextmanager
def _sized(figure: Figure, ax: Axes, width: str | float | None, dpi: float = DOTS_PER_INCH) -> Iterator[None]:
    """Give a figure a width and the room it needs for a while, measured at the resolution of the file."""
    millimetres = None if width is None else _millimetres(width)
    before, places = tuple(figure.get_size_inches()), [(each, each.get_position()) for each in figure.axes]
    engine = figure.get_layout_engine()
    height = engine.height if isinstance(engine, Fitted) else ax.get_position().height * before[1]
    with ExitStack() as restored:
        for each, place in places:
            restored.callback(each.set_position, place)
        if len(figure.axes) == 1 and not isinstance(engine, Fitted):  # which fits the figure when it is drawn
            restored.callback(fit, ax)
        restored.callback(figure.set_size_inches, before)
        restored.callback(figure.set_dpi, figure.dpi)
        figure.set_dpi(dpi)
        factor = 1.0
        if millimetres is not None:
            factor = _factor(millimetres)
            restored.enter_context(scaled(figure, factor))
            inches = millimetres / MILLIMETRES
            figure.set_size_inches(inches, before[1] * (factor if len(figure.axes) == 1 else inches / before[0]))
        if len(figure.axes) == 1:
            if not isinstance(engine, Fitted):
                restored.callback(figure.set_layout_engine, engine or "none")
                figure.set_layout_engine(Fitted(height))
            settle(figure, ax, height * factor)
        yield


def _millimetres(width: str | float) -> float:
    if isinstance(width, str):
        check_option("width", width, tuple(WIDTHS))
        return WIDTHS[width]
    if not 40 <= width <= 1000:
        raise OptionError(f"width must be 'column', 'page' or 40 to 1,000 millimetres; found {width!r}.")
    return float(width)


def _factor(millimetres: float) -> float:
    (narrow, small), (wide, large) = SIZES.items()
    part = min(max((millimetres - narrow) / (wide - narrow), 0.0), 1.0)
    return small + part * (large - small)
