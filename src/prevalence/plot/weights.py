"""Figures of weights: the effect of each step, their distribution, the largest of them, the totals they meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import LogLocator, NullLocator, PercentFormatter, StrMethodFormatter

from prevalence.plot.axes import axes_for, bare, captioned, key_of_series, level_axis
from prevalence.plot.looks import BLUE, GREY, RULE, VERMILLION
from prevalence.rows import collect, numbers
from prevalence.survey import Survey
from prevalence.weighting import effects, extremes, margin_hits
from prevalence.weighting.diagnostics import stages_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 7.0
LINE = 0.32
"""Height of a line of text, in inches."""


def weight_effects(survey: Survey, *, by: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw Kish's effect of unequal weights after each step, for all and, as smaller marks, for each domain.

    Parameters
    ----------
    survey : Survey
    by : str, optional
        Column of domains.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> from matplotlib.figure import Figure
    >>> survey = pv.weighting.trim(pv.Survey(pd.DataFrame({"w": [1.0, 2.0, 9.0]}), pv.Design(weight="w")), upper=6)
    >>> axes = pv.plot.weight_effects(survey, ax=Figure().add_subplot())
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['start', 'trim']
    """
    table = effects(survey, by=by or ()).to_pandas()
    steps = list(dict.fromkeys(table["weight"]))
    place = table["weight"].map(steps.index).to_numpy(dtype=np.float64)
    every = (table["domain"] == "All").to_numpy()
    axes = axes_for(ax, WIDTH, 0.2 + LINE * len(steps))
    effect = table["kish_effect"].to_numpy(dtype=np.float64)
    axes.plot(effect[~every], place[~every], linestyle="", marker="|", markersize=9, color=GREY)
    axes.hlines(place[every], 1, effect[every], color=BLUE, linewidth=1.2)
    axes.plot(effect[every], place[every], linestyle="", marker="o", color=BLUE)
    level_axis(axes.yaxis, list(map(float, range(len(steps)))), [str(name) for name in table.drop_duplicates("weight")["step"]])
    axes.set_ylim(len(steps) - 0.5, -0.5)
    axes.set_xlim(left=0.98)
    axes.set_xlabel("effect of unequal weights (1 = equal)" + (f"; small marks: {by}" if by else ""), color=GREY)
    return _finished(axes)


def weight_distribution(survey: Survey, *, ax: Axes | None = None) -> Axes:
    """Draw the distribution of the weights above zero after each step, each over its mean, as cumulative shares of rows.

    Parameters
    ----------
    survey : Survey
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> from matplotlib.figure import Figure
    >>> survey = pv.Survey(pd.DataFrame({"w": [1.0, 2.0, 9.0]}), pv.Design(weight="w"))
    >>> len(pv.plot.weight_distribution(survey, ax=Figure().add_subplot()).lines)
    1
    """
    stages = stages_of(survey)
    frame = collect(survey.data, [column for _, column in stages])
    axes = axes_for(ax, WIDTH, 3.2)
    for place, (step, column) in enumerate(stages):
        weight = numbers(frame, column)
        used = np.sort(weight[weight > 0])
        last = place == len(stages) - 1
        shade = str(0.75 - 0.5 * place / max(len(stages) - 1, 1))
        share = np.arange(1, len(used) + 1) / len(used)
        axes.step(
            used / used.mean(), share, where="post", label=step, color=BLUE if last else shade, linewidth=1.8 if last else 1.1
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("weight over mean weight", color=GREY)
    axes.set_ylabel("share of rows", color=GREY)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.legend(frameon=False, loc="upper left")
    return _finished(axes)


def extreme_weights(survey: Survey, *, number: int = 20, ax: Axes | None = None) -> Axes:
    """Draw the largest weights, each beside the weight that its row began with.

    Parameters
    ----------
    survey : Survey
    number : int
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> from matplotlib.figure import Figure
    >>> survey = pv.Survey(pd.DataFrame({"w": [1.0, 2.0, 9.0]}), pv.Design(weight="w"))
    >>> axes = pv.plot.extreme_weights(survey, number=2, ax=Figure().add_subplot())
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['row 3', 'row 2']
    """
    table = extremes(survey, number=number).to_pandas()
    axes = axes_for(ax, WIDTH, 0.2 + 0.7 * LINE * len(table))
    places = np.arange(len(table), dtype=np.float64)
    axes.hlines(places, table["first_weight"], table["weight"], color=RULE, linewidth=1.5)
    axes.plot(table["first_weight"], places, linestyle="", marker="o", markerfacecolor="white", color=GREY, label="first weight")
    axes.plot(table["weight"], places, linestyle="", marker="o", color=VERMILLION, label="final weight")
    level_axis(axes.yaxis, places, [f"row {row:.0f}" for row in table["row"]])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.set_xlabel("weight", color=GREY)
    key_of_series(axes, 2)
    return _finished(axes)


def margin_fit(survey: Survey, *, ax: Axes | None = None) -> Axes:
    """Draw the sums of weights over the totals they were fitted to, before the step and in the end, one line a cell.

    Parameters
    ----------
    survey : Survey
        With a step that fits totals.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> from matplotlib.figure import Figure
    >>> survey = pv.Survey(pd.DataFrame({"w": 20.0, "sex": ["f", "m", "f"]}), pv.Design(weight="w"))
    >>> survey = pv.weighting.post_stratify(survey, margins={"sex": {"f": 60, "m": 40}})
    >>> axes = pv.plot.margin_fit(survey, ax=Figure().add_subplot())
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['sex: f', 'sex: m']
    """
    table = margin_hits(survey).to_pandas()
    axes = axes_for(ax, WIDTH, 0.2 + 0.7 * LINE * len(table))
    places = np.arange(len(table), dtype=np.float64)
    axes.axvline(1, color=RULE, linewidth=1.2)
    axes.plot(
        table["before_ratio"], places, linestyle="", marker="o", markerfacecolor="white", color=GREY, label="before the step"
    )
    axes.plot(table["final_ratio"], places, linestyle="", marker="o", color=BLUE, label="in the end")
    names = [
        f"{margin}: {cell}" if margin != cell else margin for margin, cell in zip(table["margin"], table["cell"], strict=True)
    ]
    level_axis(axes.yaxis, places, names)
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlabel("sum of weights over population total", color=GREY)
    key_of_series(axes, 2)
    return _finished(axes)


def _finished(axes: Axes) -> Axes:
    axes.grid(visible=True, axis="x", color=RULE, linewidth=0.8)
    bare(axes)
    return captioned(axes, "")
