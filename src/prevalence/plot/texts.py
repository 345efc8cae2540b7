"""Texts of a figure that fit the room they have: names at their places, the caption, wrapped lines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from matplotlib.font_manager import FontProperties
from matplotlib.text import Annotation
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FixedFormatter

from prevalence.plot.looks import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMALL = 8.0
LINE = 1.25
"""Height of a line over the size of its font."""


HINTED = 1.02
"""Letters set on whole pixels are this much wider than their outlines, at most."""


@lru_cache(maxsize=16_384)
def width_of(text: str, size: float) -> float:
    """Return the width of a line in points."""
    measured: tuple[float, float, float] = text_to_path.get_text_width_height_descent(text, FontProperties(size=size), False)
    return HINTED * measured[0]


def wrapped(text: str, room: float, size: float, *, cut: bool = True) -> str:
    r"""Return a text in lines no wider than `room` points; words that are longer than that are cut, if they may be.

    Examples
    --------
    >>> wrapped("Works with dangerous tools", 60, 8)
    'Works with\ndangerous\ntools'
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size) <= room:
            lines[-1] = longer
        else:
            lines += _cut(word, room, size) if cut else [word]
    return "\n".join(lines)


def _cut(word: str, room: float, size: float) -> list[str]:
    """Return a word in parts that fit; a part is never empty."""
    parts = [word]
    while width_of(parts[-1], size) > room and len(parts[-1]) > 1:
        last = parts.pop()
        fits = max(1, int(len(last) * room / width_of(last, size)))
        while fits > 1 and width_of(last[:fits], size) > room:
            fits -= 1
        parts += [last[:fits], last[fits:]]
    return parts


def plain(text: str) -> str:
    """Return a text whose dollar signs are no mathematics to matplotlib."""
    return text.replace("$", r"\$")


class Names(FixedFormatter):
    """Names of levels along an axis, with a second line in small print where something must be said of a level."""

    def __init__(self, names: Sequence[str], remarks: Sequence[str] = ()) -> None:
        self.names = tuple(names)
        self.remarks = tuple(remarks) or ("",) * len(self.names)
        super().__init__([plain("\n".join(filter(None, pair))) for pair in zip(self.names, self.remarks, strict=True)])

    def wrap(self, room: float, size: float) -> None:
        """Break the names into lines of `room` points."""
        pairs = zip(self.names, self.remarks, strict=True)
        self.seq = [plain("\n".join(wrapped(part, room, size) for part in pair if part)) for pair in pairs]

    def longest_word(self, size: float) -> float:
        """Return the width of the longest word, in points."""
        return max((width_of(word, size) for name in (*self.names, *self.remarks) for word in name.split()), default=0.0)

    @property
    def lines(self) -> list[int]:
        """Lines of each name."""
        return [text.count("\n") + 1 for text in self.seq]


class Caption(Annotation):
    """The lines below a figure; `whole` is their text before it is broken."""

    def __init__(self, text: str) -> None:
        self.whole = text
        super().__init__(
            plain(text),
            xy=(0, 0),
            xycoords="axes fraction",
            xytext=(0, -24),
            textcoords="offset points",
            ha="left",
            va="top",
            fontsize=SMALL,
            color=GREY,
            annotation_clip=False,
            clip_on=False,
            linespacing=LINE,
        )

    def wrap_to(self, room: float) -> None:
        """Break the caption into lines of `room` points."""
        self.set_text(plain(wrapped(self.whole, room, float(self.get_fontsize()))))


class Remark(Annotation):
    """Words at the left end of a row: who is not drawn and why, or the reason alone where there is no room."""

    def __init__(self, who: str, reason: str, place: float, size: float) -> None:
        self.who, self.reason = who, reason
        super().__init__(
            plain(who or reason),
            xy=(0.01, place),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=size,
            color=GREY,
            style="italic",
            clip_on=False,
        )

    def fit_to(self, room: float) -> None:
        """Say as much as `room` points hold."""
        whole = bool(self.who) and width_of(self.who, float(self.get_fontsize())) <= room
        self.set_text(plain(self.who if whole else self.reason))


def caption_on(ax: Axes) -> Caption | None:
    """Return the caption of an Axes, if it has one."""
    return next((text for text in ax.texts if isinstance(text, Caption)), None)
