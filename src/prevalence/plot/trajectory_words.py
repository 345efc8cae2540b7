"""What the figure of a trajectory says: labels at the ends of its paths, and its caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.baseline import Progress
from prevalence.plot.words import Words

SURE = 0.001
"""Chances nearer to 0 or 1 than this are said as a limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The words of a trajectory; values times `scale` are in percent (100) or counts (1)."""

    words: Words
    scale: float

    def tick(self, value: float) -> str:
        """Return a value of the axis."""
        return self._percent(value, None) if self.scale > 1 else self.words.number(value)

    def projected(self, found: Progress) -> str:
        """Return the label of the path of the observed rate."""
        value = self._value(found.projected)
        limits = (
            "" if np.isnan(found.projected_low) else f" [{self._bare(found.projected_low)}, {self._bare(found.projected_high)}]"
        )
        return f"{self.words.say('at the observed rate:')}\n{value}{limits}"

    def target(self, found: Progress) -> str:
        """Return the label of the target."""
        value = self._value(found.target)
        name = "target: {value}" if np.isnan(found.ending) else "ended: {value}"
        lines = [self.words.say(name, value=value)]
        if found.target < found.now:
            lines.append(self.words.say("needs {rate} a year", rate=self._rate(found.required_aarr)))
        return "\n".join(lines)

    def caption(self, found: Progress, levels: Sequence[float]) -> list[str]:
        """Return the sentences of the caption."""
        said = [*self._class(found), *self._fan(found, levels)]
        said.append(
            self.words.say("Rate of reduction by {method}: {rate} a year.", method=found.method, rate=self._rate(found.aarr))
        )
        if not np.isnan(found.target):
            said.append(self.words.say("Needed: dashed at a constant rate, dotted straight."))
        return said

    def _class(self, found: Progress) -> list[str]:
        """Return class and chances; without standard errors there are none."""
        say, name = self.words.say, self.words.name(found.progress_class)
        if np.isnan(found.probability).any():
            return [say("Progress: {name}.", name=name), say("No standard errors were given: chances cannot be said.")]
        chance = self._chance(float(found.probability[found.classes.index(found.progress_class)]))
        said = [say("Progress: {name} (probability of this class {chance}).", name=name, chance=chance)]
        if not np.isnan(found.on_track):
            arrive = self._chance(found.on_track)
            said.append(say("Chance to arrive by {year}: {chance}.", year=f"{found.target_year:g}", chance=arrive))
        return said

    def _fan(self, found: Progress, levels: Sequence[float]) -> list[str]:
        if np.isnan(found.projected_low):
            return []
        bands = ", ".join(self._percent(100 * level, None) for level in sorted(levels))
        return [self.words.say("Fan: {bands}; {what}.", bands=bands, what=self.words.say(found.said_of_probability))]

    def _chance(self, value: float) -> str:
        if value < SURE:
            return self.words.say("below {chance}", chance=self._rate(SURE))
        return self.words.say("above {chance}", chance=self._rate(1 - SURE)) if value > 1 - SURE else self._rate(value)

    def _rate(self, value: float) -> str:
        return self._percent(100 * value, 1)

    def _percent(self, value: float, decimals: int | None) -> str:
        return self.words.say(
            "{value}%", value=self.words.tick(value) if decimals is None else self.words.number(value, decimals)
        )

    def _bare(self, value: float) -> str:
        return self.words.number(self.scale * value, 1 if self.scale > 1 else 0)

    def _value(self, value: float) -> str:
        return self._percent(self.scale * value, 1) if self.scale > 1 else self._bare(value)
