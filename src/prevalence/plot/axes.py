"""What all figures share: axes to draw on, the scale, the key of the series, the caption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter

from prevalence.estimates import Estimates
from prevalence.plot.series import Grid
from prevalence.plot.words import caption, in_percent, name_of, statistics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

GREY = "#555555"
RULE = "#DDDDDD"
SMALL = 8


def axes_for(ax: Axes | None, width: float, height: float) -> Axes:
    """Return `ax`, or the axes of a new figure of that size in inches, which a notebook displays."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    _, made = pyplot.subplots(figsize=(width, height), layout="constrained")
    return made


def bare(ax: Axes) -> None:
    """Leave only what carries meaning: no frame on three sides."""
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.tick_params(length=0)
    ax.set_axisbelow(True)


def value_axis(axis: Axis, estimates: Estimates) -> None:
    """Set ticks and label of the axis of estimates; shares are in percent, differences of shares in points."""
    compared = bool(set(statistics(estimates)) & {"difference", "excess"})
    if in_percent(estimates):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−") + ("" if compared else "%")))
    text = "percentage points" if compared and in_percent(estimates) else "" if in_percent(estimates) else "estimate"
    axis.set_label_text(text, color=GREY)
    axis.grid(visible=True, color=RULE, linewidth=0.8)


def key_of_series(ax: Axes, grid: Grid) -> None:
    """Name the series above the figure, in their order, unless there is only one."""
    if len(grid.series) > 1:
        handles, labels = ax.get_legend_handles_labels()
        ax.legend(
            handles,
            [name_of(label) for label in labels],
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=len(labels),
            frameon=False,
            borderaxespad=0.2,
            handlelength=2.6,
            columnspacing=1.6,
        )


def caption_below(ax: Axes, estimates: Estimates, *, withheld: bool) -> None:
    """Write definition, count and interval below the figure, and that some estimates are withheld."""
    text = caption(estimates) + (" Withheld estimates are not drawn." if withheld else "")
    below = -36 if ax.get_xlabel() else -24
    ax.annotate(
        text,
        xy=(0, 0),
        xycoords="axes fraction",
        xytext=(0, below),
        textcoords="offset points",
        ha="left",
        va="top",
        fontsize=SMALL,
        color=GREY,
        annotation_clip=False,
    )
