"""The same figure with smaller fonts, lines and markers, for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.collections import Collection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PADS = {"x": mpl.rcParamsDefault["xtick.major.pad"], "y": mpl.rcParamsDefault["ytick.major.pad"]}
LEAST = 5.5
"""Points: smaller letters cannot be read in print; those that are smaller stay as they are."""


@contextmanager
def scaled(figure: Figure, factor: float) -> Iterator[None]:
    """Shrink all that is drawn by a factor; afterwards it is as before."""
    restore: list[Callable[[], object]] = []
    for ax in figure.axes:
        restore += _ticks(ax, factor)
    set_by_axes = _tick_labels(figure)
    for artist in figure.findobj():
        restore += [] if id(artist) in set_by_axes else _artist(artist, factor)
    try:
        yield
    finally:
        for back in reversed(restore):
            back()


def _ticks(ax: Axes, factor: float) -> list[Callable[[], object]]:
    """Shrink the labels of ticks, also of those that are still to come."""
    restore: list[Callable[[], object]] = []
    names: tuple[Literal["x", "y"], ...] = ("x", "y")
    for name, axis in zip(names, (ax.xaxis, ax.yaxis), strict=True):
        size = float(axis.get_major_ticks(1)[0].label1.get_fontsize())
        pad = float(axis.get_tick_params().get("pad") or PADS[name])
        ax.tick_params(axis=name, labelsize=_size(size, factor), pad=pad * factor)
        restore.append(partial(ax.tick_params, axis=name, labelsize=size, pad=pad))
    return restore


def _size(size: float, factor: float) -> float:
    return max(size * factor, min(size, LEAST))


def _artist(artist: Artist, factor: float) -> list[Callable[[], object]]:
    """Shrink one artist; return how it gets its size back."""
    if isinstance(artist, Text):
        return [_changed(artist, "fontsize", lambda size: _size(float(size), factor))]
    if isinstance(artist, Line2D):
        names = ("linewidth", "markersize", "markeredgewidth")
        return [_changed(artist, name, lambda size: factor * float(size)) for name in names]
    if isinstance(artist, Collection):
        return [_changed(artist, "linewidth", lambda sizes: factor * np.asarray(sizes, dtype=np.float64))]
    if isinstance(artist, Patch):
        return [_changed(artist, "linewidth", lambda size: factor * float(size))]
    return []


def _tick_labels(figure: Figure) -> set[int]:
    """Return the labels of ticks, which their Axes sets, by identity."""
    axes = [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    ticks = [tick for axis in axes for tick in (*axis.majorTicks, *axis.minorTicks)]
    return {id(label) for tick in ticks for label in (tick.label1, tick.label2)}


def _changed(artist: Artist, name: str, change: Callable[[Any], Any]) -> Callable[[], object]:
    old = getattr(artist, f"get_{name}")()
    setter = getattr(artist, f"set_{name}")
    setter(change(old))
    return lambda: setter(old)
