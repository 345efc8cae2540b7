"""Figures as files: the same figure gives the same bytes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl

from prevalence.errors import check_option
from prevalence.written import write_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("svg", "png", "pdf")
DOTS_PER_INCH = 200
UNDATED: dict[str, dict[str, None]] = {
    "svg": {"Date": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "ModDate": None},
}


def save(ax: Axes, path: str | Path) -> Path:
    """Write the figure of an Axes; the ending of the name says the format.

    Parameters
    ----------
    ax : Axes
    path : path
        Ends in ``.svg``, ``.png`` (200 dots an inch) or ``.pdf``.

    Returns
    -------
    Path

    Raises
    ------
    OptionError
        If the ending is another.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from matplotlib.figure import Figure
    >>> save(Figure().add_subplot(), pathlib.Path(tempfile.mkdtemp(), "empty.svg")).name
    'empty.svg'
    """
    target = Path(path)
    return write_file(target, rendered(ax, target.suffix.removeprefix(".")))


def rendered(ax: Axes, form: str) -> bytes:
    """Return the figure of an Axes as the bytes of a file: no dates, fixed ids, room for the caption."""
    check_option("format", form, FORMATS)
    figure: Figure = ax.figure.figure
    buffer = io.BytesIO()
    with mpl.rc_context():
        mpl.rcParams["svg.hashsalt"] = "prevalence"
        mpl.rcParams["svg.fonttype"] = "path"
        figure.savefig(buffer, format=form, dpi=DOTS_PER_INCH, metadata=UNDATED[form], bbox_inches="tight", facecolor="white")
    return buffer.getvalue()
