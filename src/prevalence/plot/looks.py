"""How series look: colours that colour-blind readers tell apart, and markers, lines and hatches for those who see none."""

from __future__ import annotations

from dataclasses import dataclass

from prevalence.estimates import ALL

# Okabe & Ito (2008), Color Universal Design.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
GREY, RULE, PAPER = "#555555", "#DDDDDD", "#FFFFFF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a series is drawn; marker, line and hatch tell the series apart where colours cannot be seen."""

    colour: str
    marker: str
    line: str
    hatch: str = ""


LOOKS = {
    "Female": Look(colour=VERMILLION, marker="o", line="-", hatch="////"),
    "Male": Look(colour=BLUE, marker="s", line="--"),
    ALL: Look(colour=BLACK, marker="D", line=":"),
}
FURTHER = (
    Look(colour=BLUE, marker="o", line="-"),
    Look(colour=VERMILLION, marker="s", line="--", hatch="////"),
    Look(colour=GREEN, marker="^", line="-.", hatch="...."),
    Look(colour=PURPLE, marker="v", line=":", hatch="xxxx"),
    Look(colour=ORANGE, marker="P", line="-", hatch="\\\\\\\\"),
    Look(colour=SKY, marker="X", line="--", hatch="||||"),
    Look(colour=BLACK, marker="D", line="-.", hatch="----"),
)


def look_of(name: str, position: int) -> Look:
    """Return the look of a sex, or of the series at a position."""
    return LOOKS.get(name or ALL, FURTHER[position % len(FURTHER)])
