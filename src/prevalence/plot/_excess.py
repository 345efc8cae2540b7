"""Excess: each supply chain minus its country, around zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from prevalence.errors import OptionError, listed
from prevalence.estimates import ALL, Estimates
from prevalence.plot._compared import compared, first_of, is_statistic, key_of, shortened
from prevalence.plot.around_zero import draw_around_zero
from prevalence.plot.series import SEX, grid
from prevalence.plot.shown import Drawable, shown
from prevalence.plot.words import Labels, Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def excess(
    estimates: Drawable,
    *,
    dimension: str | None = None,
    hidden: Sequence[bool] | None = None,
    weak: Sequence[bool] | None = None,
    labels: Labels | None = None,
    caption: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw each level of a dimension minus everyone, such as a supply chain minus its country, with its interval around zero.

    Parameters
    ----------
    estimates : Estimates or Published
        By one dimension with its margin and, if wanted, sex, of which the excess is made here with its covariance; or what
        ``excess`` returned.
        Give ``pv.report.published(estimates)`` for publication: Estimates are drawn whole, cells that `pv.report.table` withholds among them.
    dimension : str, optional
        Whose levels are set against "All"; by default the one beside sex that has several levels.
    hidden, weak, labels, caption, ax
        As in `dots`; `hidden` and `weak` are of the rows of `estimates`. An excess is withheld, or weak, where one of its sides is.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        If the table lacks the dimension or its margin, the levels may not be set against it, or there are several other dimensions.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> from matplotlib.figure import Figure
    >>> rows = pd.DataFrame({"w": 1.0, "area": ["Urban", "Rural"] * 40, "child_labour": ([0.0] * 4 + [1.0]) * 16})
    >>> table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="area", margins=True)
    >>> pv.plot.excess(table, ax=Figure().add_subplot()).get_xlabel()
    'each minus All, percentage points'
    """
    table, words = shown(estimates, hidden, weak), Words(labels)
    made = is_statistic(table.estimates, "excess")
    name = dimension or _dimension(table.estimates)
    key_of(table.estimates, name, "The figure of an excess")
    if not made:
        table = compared(table, name, lambda whole: whole.excess(name), lambda label: (first_of(label), ALL))
    table = shortened(table, name)
    text = words.say("each minus {all}", all=words.name(ALL))
    return draw_around_zero(ax, table, grid(table, along=name), words, text, caption=caption)


def _dimension(estimates: Estimates) -> str:
    """Return the dimension whose levels are set against the margin."""
    beside = [key for key in estimates.keys if key.name not in ("indicator", "statistic", SEX) and len(np.unique(key.codes)) > 1]
    if len(beside) != 1:
        raise OptionError(
            f"The figure of an excess needs one dimension beside sex; this table has {listed([key.name for key in beside]) or 'none'}. "
            'Name it: dimension="supply_chain", and cut the others with table.select(...).'
        )
    return beside[0].name
