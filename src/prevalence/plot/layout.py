"""Room for everything: margins, key, title and caption of a figure, worked out from its width each time it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from matplotlib.layout_engine import LayoutEngine
from matplotlib.lines import Line2D
from matplotlib.text import Text

from prevalence.plot.texts import LINE, Names, Remark, caption_on, width_of, wrapped

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.backend_bases import RendererBase
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.transforms import Bbox

Place = Literal["left", "center", "right"]
POINTS = 72.0
"""An inch."""
ROUNDS, SETTLED = 5, 0.005
"""Most times that a height is worked out, and the inches by which it may then still be wrong."""
MARGIN = 4.0
"""Around the figure, in points."""
GAP = 5.0
"""Between the parts of a figure, in points."""
NAMES = 0.34
"""Part of the width that names beside the axis may take."""
UPRIGHT = (80.0, 100.0, 120.0, 150.0, 200.0, 300.0)
"""Rooms of names that stand upright, in points: the first that makes few enough lines is taken."""
KEY, CELL = "prevalence-key", "prevalence-cell"
PLACES: tuple[Place, ...] = ("left", "center", "right")
REMARK = 0.9
"""Part of the width of the Axes that a remark may take."""
SMALLEST = 4.5
"""Size of the numbers in cells below which nobody can read them."""


class Fitted(LayoutEngine):
    """Fits a figure of one Axes into its width; `height` is that of the Axes in inches."""

    _adjust_compatible = True
    _colorbar_gridspec = False

    def __init__(self, height: float) -> None:
        super().__init__()
        self.height = height

    def execute(self, fig: Figure) -> None:
        """Place the Axes; figures of several are left as they are."""
        if len(fig.axes) == 1:
            fit(fig.axes[0])


def settle(figure: Figure, ax: Axes, height: float) -> None:
    """Give a figure the height that its Axes, of `height` inches, and all around it need."""
    width = figure.get_figwidth()
    for _ in range(ROUNDS):
        above, below = fit(ax, passes=1)
        needed = max(height, _least_height(ax)) + (above + below) / POINTS
        if abs(needed - figure.get_figheight()) < SETTLED:
            return
        figure.set_size_inches(width, needed)
    fit(ax)


def fit(ax: Axes, passes: int = 2) -> tuple[float, float]:
    """Place an Axes in its figure; return the room above and below it, in points. What is beside it depends on its size: hence passes."""
    figure: Figure = ax.figure.figure
    width, height = (POINTS * side for side in figure.get_size_inches())
    if isinstance(names := ax.yaxis.get_major_formatter(), Names):
        names.wrap(NAMES * width, _size(ax.yaxis))
    above = below = 0.0
    for _ in range(passes):
        _remarks(ax, REMARK * ax.get_position().width * width)
        texts = _boxes(text for text in ax.texts if text is not caption_on(ax) and text.get_visible())
        left, right = _sides(ax, [*_boxes((ax.xaxis, ax.yaxis)), *texts])
        inside = max(width - left - right - 2 * MARGIN, 0.2 * width)
        _names_below(ax, inside)
        _axis_labels(ax, inside, ax.get_position().height * height)
        beside = _boxes([ax.yaxis])
        below = _below(ax, [*_boxes([ax.xaxis]), *beside], width, left) + MARGIN
        above = _above(ax, [*beside, *texts], (width, inside, left)) + MARGIN
        ax.set_position(
            (
                (left + MARGIN) / width,
                below / height,
                inside / width,
                max(height - above - below, 0.1 * height) / height,
            )
        )
    _cells(ax)
    return above, below


def _sides(ax: Axes, boxes: Sequence[Bbox]) -> tuple[float, float]:
    """Return the room that names, ticks and words beside the Axes need, in points."""
    scale = POINTS / ax.figure.dpi
    left = max((ax.bbox.x0 - box.x0 for box in boxes), default=0.0)
    right = max((box.x1 - ax.bbox.x1 for box in boxes), default=0.0)
    return max(scale * left, 0.0), max(scale * right, 0.0)


def _names_below(ax: Axes, inside: float) -> None:
    """Break the names below the Axes; where a word has no room they stand upright."""
    names = ax.xaxis.get_major_formatter()
    if not isinstance(names, Names):
        return
    size = _size(ax.xaxis)
    low, high = ax.get_xlim()
    room = 0.94 * inside / max(abs(high - low), 1.0)
    upright = names.longest_word(size) > room
    names.wrap(room, size)
    if upright:
        _upright(names, room, size)
    ax.tick_params(axis="x", labelrotation=90 if upright else 0)


def _upright(names: Names, room: float, size: float) -> None:
    """Break upright names into no more lines than stand side by side in `room` points."""
    for length in UPRIGHT:
        names.wrap(length, size)
        if max(names.lines) * LINE * size <= room:
            return


def _remarks(ax: Axes, room: float) -> None:
    for text in ax.texts:
        if isinstance(text, Remark):
            text.fit_to(room)


def _axis_labels(ax: Axes, inside: float, height: float) -> None:
    """Break what is written along the axes."""
    for label, room in ((ax.xaxis.label, inside), (ax.yaxis.label, height)):
        if text := label.get_text():
            label.set_text(wrapped(" ".join(text.split()), room, float(label.get_fontsize()), cut=False))


def _below(ax: Axes, boxes: Sequence[Bbox], width: float, left: float) -> float:
    """Place the caption under the names and ticks; return what stands below the Axes, in points."""
    scale = POINTS / ax.figure.dpi
    ticks = max((scale * (ax.bbox.y0 - box.y0) for box in boxes), default=0.0)
    caption = caption_on(ax)
    if caption is None or not caption.whole:
        return ticks
    caption.wrap_to(width - 2 * MARGIN)
    caption.xyann = (-left, -ticks - GAP)
    return ticks + GAP + _height(caption, scale)


def _above(ax: Axes, boxes: Sequence[Bbox], room: tuple[float, float, float]) -> float:
    """Place key and title over what sticks out; return what stands above the Axes, in points."""
    width, inside, left = room
    scale = POINTS / ax.figure.dpi
    height = 0.0
    key = ax.get_legend()
    if key is not None and key.get_gid() == KEY:
        key = arranged(ax, width - 2 * MARGIN, inside, left)
        height += _height(key, scale) + 2.0
    height = max([height, *(scale * float(box.y1 - ax.bbox.y1) for box in boxes)])
    for place in PLACES:
        if text := ax.get_title(loc=place):
            height += GAP
            height += _titled(ax, place, " ".join(text.split()), (width - 2 * MARGIN, left, inside, height))
    return height


def _titled(ax: Axes, place: Place, text: str, room: tuple[float, float, float, float]) -> float:
    """Put a title above key and Axes, from the edge of the figure if it stands left; return its height in points."""
    width, left, inside, height = room
    written = ax.get_title(loc=place)
    old = next(child for child in ax.get_children() if isinstance(child, Text) and child.get_text() == written)
    size, weight, colour = float(old.get_fontsize()), old.get_fontweight(), old.get_color()
    lines = wrapped(text, width if place == "left" else inside, BOLD * size, cut=False)
    title = ax.set_title(lines, loc=place, y=1.0, pad=height, fontsize=size, fontweight=weight, color=colour)
    if place == "left":
        title.set_x(-left / inside)
    return LINE * float(title.get_fontsize()) * (lines.count("\n") + 1)


def arranged(ax: Axes, width: float, inside: float, left: float) -> Legend:
    """Set the key in as many columns as there is room for, from the axis or else from the edge of the figure."""
    handles, labels = ax.get_legend_handles_labels()
    size = _size(ax.xaxis)
    sign = (sign_of(handles) + AFTER) * size
    columns, total = key_columns(labels, size, width, sign)
    start = 0.0 if total <= inside else -left / inside
    return key_above(ax, handles, [wrapped(label, width - sign, size) for label in labels], size, columns, start)


BOLD = 1.1
"""Width of bold letters over that of plain ones."""
LONG, SHORT = 2.6, 1.1
"""Width of the sign of a series, with a line or without, over the size of the font."""
AFTER = 0.6
"""Space after the sign, over the size of the font."""
BETWEEN = 1.6


def sign_of(handles: Sequence[object]) -> float:
    """Return the width of the signs of a key, over the size of the font: markers without a line need less."""
    return SHORT if all(isinstance(handle, Line2D) and handle.get_linestyle() == "None" for handle in handles) else LONG


def key_columns(labels: list[str], size: float, width: float, sign: float) -> tuple[int, float]:
    """Return the number of columns of a key that fit into `width` points, and what they take; `sign` is a sign with its space."""
    widths = [width_of(label, size) + sign + 0.4 * size for label in labels]
    for rows in range(1, len(labels) + 1):
        columns = -(-len(labels) // rows)
        total = sum(max(widths[first : first + rows]) for first in range(0, len(labels), rows)) + BETWEEN * size * (columns - 1)
        if total <= width:
            return columns, total
    return 1, width


def key_above(ax: Axes, handles: list[Artist], labels: list[str], size: float, columns: int, start: float = 0.0) -> Legend:
    """Name the series above the Axes; `start` is in widths of the Axes."""
    key = ax.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(start, 1),
        ncols=columns,
        frameon=False,
        borderaxespad=0.1,
        borderpad=0.2,
        handlelength=sign_of(handles),
        handletextpad=AFTER,
        columnspacing=BETWEEN,
        labelspacing=0.35,
        fontsize=size,
    )
    key.set_gid(KEY)
    return key


def _cells(ax: Axes) -> None:
    """Set the numbers in cells as large as the cells allow."""
    cells = [text for text in ax.texts if (text.get_gid() or "").startswith(CELL)]
    if not cells:
        return
    low, high = ax.get_xlim()
    room = 0.88 * POINTS / ax.figure.dpi * ax.bbox.width / abs(high - low)
    widest = max(width_of(text.get_text(), 10.0) for text in cells) / 10
    size = min(max(room / max(widest, 1e-9), SMALLEST), _size(ax.yaxis))
    for text in cells:
        text.set_fontsize(size)


def _least_height(ax: Axes) -> float:
    """Return the height in inches at which the names beside an Axes do not touch each other."""
    names = ax.yaxis.get_major_formatter()
    if not isinstance(names, Names) or len(names.names) < 2:
        return 0.0
    low, high = ax.get_ylim()
    places = ax.yaxis.get_majorticklocs().tolist()
    pairs = zip(pairwise(places), pairwise(names.lines), strict=True)
    row = max((one + other) / (2 * abs(b - a)) for (a, b), (one, other) in pairs)
    return float(row * LINE * 1.15 * _size(ax.yaxis) * abs(high - low) / POINTS)


def _size(axis: Axis) -> float:
    return float(axis.get_major_ticks(1)[0].label1.get_fontsize())


def _box(artist: Artist) -> Bbox | None:
    """Return what an artist covers, in pixels; the measure is the same whatever the format of the file."""
    figure: Figure | None = artist.get_figure(root=True)
    if figure is None:
        return None
    box = artist.get_tightbbox(_measure(figure.dpi))
    return box if box is not None and box.width + box.height > 0 else None


def _boxes(artists: Iterable[Artist]) -> list[Bbox]:
    return [box for artist in artists if (box := _box(artist)) is not None]


@lru_cache(maxsize=4)
def _measure(dpi: float) -> RendererBase:
    """Return what measures artists: making one for each artist takes longer than measuring."""
    from matplotlib.backends.backend_agg import RendererAgg

    made: Callable[[float, float, float], RendererBase] = RendererAgg
    return made(8, 8, dpi)


def _height(artist: Artist, scale: float) -> float:
    box = _box(artist)
    return 0.0 if box is None else scale * box.height
