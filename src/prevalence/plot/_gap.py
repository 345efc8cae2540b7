"""Gap between two groups: girls minus boys in each domain, around zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prevalence.estimates import Estimates
from prevalence.plot._compared import MINUS, compared, is_statistic, key_of
from prevalence.plot.around_zero import draw_around_zero
from prevalence.plot.series import SEX, grid
from prevalence.plot.shown import Drawable, shown
from prevalence.plot.words import Labels, Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def gap(
    estimates: Drawable,
    *,
    dimension: str = SEX,
    a: str = "Female",
    b: str = "Male",
    hidden: Sequence[bool] | None = None,
    weak: Sequence[bool] | None = None,
    labels: Labels | None = None,
    caption: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw the difference between two groups in each domain, with its interval around zero.

    Parameters
    ----------
    estimates : Estimates or Published
        By sex and another dimension, of which the difference is made here with its covariance; or what ``difference`` returned.
        Give ``pv.report.published(estimates)`` for publication: Estimates are drawn whole, cells that `pv.report.table` withholds among them.
    dimension, a, b : str
        Whose levels are compared: `a` minus `b`. Not used where the table holds differences already.
    hidden, weak, labels, caption, ax
        As in `dots`; `hidden` and `weak` are of the rows of `estimates`. A difference is withheld, or weak, where one of its sides is.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        If the table lacks the dimension or a level, or has several other dimensions.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> from matplotlib.figure import Figure
    >>> rows = pd.DataFrame({"w": 1.0, "sex": ["Female", "Male"] * 40, "child_labour": ([0.0] * 4 + [1.0]) * 16})
    >>> table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="sex")
    >>> pv.plot.gap(table, ax=Figure().add_subplot()).get_xlabel()
    'Female minus Male, percentage points'
    """
    table, words = shown(estimates, hidden, weak), Words(labels)
    if is_statistic(table.estimates, "difference"):
        dimension, a, b = _sides(table.estimates, dimension, a, b)
    else:
        key = key_of(table.estimates, dimension, "The figure of a gap")
        a, b = (key.labels[key.code_of(level)] for level in (a, b))
        table = compared(table, dimension, lambda whole: whole.difference(dimension, a, b), lambda _: (a, b))
    text = words.say("{a} minus {b}", a=words.name(a), b=words.name(b))
    return draw_around_zero(ax, table, grid(table, across=dimension), words, text, caption=caption)


def _sides(estimates: Estimates, dimension: str, a: str, b: str) -> tuple[str, str, str]:
    """Return the dimension of differences that were made before, and its two levels."""
    found = [key for key in estimates.keys if all(MINUS in key.labels[code] for code in key.codes.tolist())]
    key = next((key for key in found if key.name == dimension), found[0] if found else None)
    if key is None:
        return dimension, a, b
    first, _, second = key.labels[key.codes[0]].partition(MINUS)
    return key.name, first, second
