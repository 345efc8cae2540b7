"""The words that go with estimates: what cannot be had and why, and what is thin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from prevalence.estimates._numbers import Kind, Mask, Numbers
from prevalence.formulas.design_effect import effective_cases

Said = list[tuple[Mask, npt.NDArray[np.str_] | str]]

NO_ERROR = "standard error not estimable"

FEW_OBSERVATIONS = 25
"""Below this many unweighted observations MICS and DHS do not print a figure (Iraq MICS 2018, table footnotes)."""

FEW_CASES = 5
"""Below this many cases the ILO withholds a figure (its microdata code)."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the interval of a share needs to be as good as it says: effective cases and degrees of freedom."""

    cases: int
    df: int

    @property
    def missed(self) -> str:
        """Return what an interval lacks, in words."""
        return f"fewer than {self.cases} effective cases or {self.df} degrees of freedom"


KEPT = Promise(cases=20, df=15)
"""From here on the default intervals held in all 374 cells of the coverage study (docs/methods/coverage.md)."""

NEAR = Promise(cases=10, df=8)
"""Down to here they missed in 4 of 187 further cells, by 0.9 points at most; below, in 80 of 564, and held as little as 71 %."""


KEPT_DF, NEAR_DF = 30, 15
"""Of means, ratios, comparisons and totals of measured variables, whose limits are t limits: from 30 df on they held 93.9 % or more in the study, from 15 on 91.7 %, below as little as 67 %."""

KEPT_DF_LOG, NEAR_DF_LOG = 15, 8
"""Of numbers of people with limits on the log scale: from 15 df on they held 94.2 % or more in the study, from 8 on 93.5 %, below 92.8 %."""


def flags(numbers: Numbers, kind: Kind, method: str, undefined: str, caveats: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the words that go with each number.

    Parameters
    ----------
    numbers : Numbers
    kind : {"proportion", "unbounded", "log"}
    method : str
        Of the interval.
    undefined : str
        Why a variance may be undefined under the rule of the design.
    caveats : sequence of str
        Further words for each row, none or one a row. Where they say why there is no standard error, nothing else does.
    """
    said: Said = []
    empty = ~np.isfinite(numbers.estimate)
    there = ~empty
    said.append((empty & (numbers.n == 0), "no observations"))
    said.append((empty & (numbers.n > 0), "not estimable: nothing to divide by"))
    # Why a given interval lacks a standard error is known to what gave it.
    explained = np.array([NO_ERROR in text for text in caveats] or np.zeros(len(there)), dtype=np.bool_)
    unknown = there & ~np.isfinite(numbers.se) & (numbers.given is None)
    no_error = unknown & ~explained
    zero, negative = (kind == "log") & (numbers.estimate == 0), (kind == "log") & (numbers.estimate < 0)
    said.append((no_error & zero, f"{NO_ERROR}: a ratio of zero has no logarithm"))
    said.append((no_error & negative, f"{NO_ERROR}: a negative ratio has no logarithm"))
    said.append((no_error & ~zero & ~negative, f"{NO_ERROR}: {undefined}"))
    said.append((there & numbers.census, "every unit was sampled: no sampling error"))
    no_df = there & ~unknown & ~numbers.census & (numbers.df <= 0)
    said.append((no_df, "interval not estimable: no degrees of freedom"))
    usable = there & ~unknown & ~no_df & ~numbers.census
    if kind == "proportion":
        said += _borrowed(numbers, usable & numbers.shares().degenerate, usable & numbers.shares().single)
    else:
        said += _borrowed(numbers, usable & numbers.none_found, np.zeros_like(usable))
        uniform = usable & (numbers.se == 0) & ~numbers.none_found
        said.append((uniform, "interval not estimable: no variation between sampling units"))
    said.append((usable & (numbers.df < 1), "less than one degree of freedom: the interval says next to nothing"))
    said.append((there & (numbers.n < FEW_OBSERVATIONS), f"fewer than {FEW_OBSERVATIONS} observations"))
    said += _doubtful(numbers, there, usable) if kind == "proportion" else _few_degrees(numbers, method, usable)
    return _joined(said, len(numbers.estimate), caveats)


def _joined(said: Said, size: int, caveats: Sequence[str]) -> tuple[str, ...]:
    words: list[list[str]] = [[] for _ in range(size)]
    for rows, text in said:
        for row in np.flatnonzero(rows):
            words[row].append(text if isinstance(text, str) else str(text[row]))
    for parts, caveat in zip(words, caveats or ("",) * size, strict=True):
        parts += [caveat] if caveat else []
    return tuple("; ".join(parts) for parts in words)


def _doubtful(numbers: Numbers, there: Mask, usable: Mask) -> Said:
    """Return how far intervals of shares can be trusted; few texts, so that printed tables need few footnotes."""
    effective = effective_cases(numbers.cases, numbers.n, numbers.deff)
    # Where few are cases the upper limit is the weak one; where few are none, the lower.
    side = np.where(numbers.estimate <= 0.5, ", the truth may well lie above it", ", the truth may well lie below it")
    few = there & (numbers.cases > 0) & (numbers.cases < FEW_CASES)
    # Few observations say enough; exact intervals at 0 and 1 have words of their own.
    asked = usable & ~few & ~numbers.shares().degenerate & (numbers.n >= FEW_OBSERVATIONS)
    rough, approximate = ((effective < least.cases) | (numbers.df < least.df) for least in (NEAR, KEPT))
    return [
        (few, np.char.add(f"interval a rough guide: fewer than {FEW_CASES} cases", side)),
        (asked & rough, np.char.add(f"interval a rough guide: {NEAR.missed}", side)),
        (asked & approximate & ~rough, f"interval approximate: {KEPT.missed}"),
    ]


def _few_degrees(numbers: Numbers, method: str, usable: Mask) -> Said:
    """Return how far t limits can be trusted; limits found from the rows have another theory."""
    logged = numbers.people & numbers.on_log_scale(method)
    # Few observations say enough, and less than one degree has words of its own.
    asked = usable & (numbers.given is None) & (numbers.se > 0) & (numbers.df >= 1) & (numbers.n >= FEW_OBSERVATIONS)
    said: Said = []
    for rows, name, near, kept in (
        (asked & ~logged, "t interval", NEAR_DF, KEPT_DF),
        (asked & logged, "interval on the log scale", NEAR_DF_LOG, KEPT_DF_LOG),
    ):
        rough = numbers.df < near
        said.append((rows & rough, f"{name} a rough guide: fewer than {near} degrees of freedom"))
        said.append((rows & ~rough & (numbers.df < kept), f"{name} approximate: fewer than {kept} degrees of freedom"))
    return said


def _borrowed(numbers: Numbers, degenerate: Mask, single: Mask) -> Said:
    how = np.array(
        [
            "exact interval as under simple random sampling: no margin has a design effect, and if cases cluster it is too short"
            if np.isnan(deff)
            else f"exact interval with design effect {deff:.2f} (the margin's, at least 1)"
            for deff in numbers.borrowed_deff
        ],
        dtype=np.str_,
    )
    reasons = {
        "no cases": degenerate & (numbers.estimate <= 0),
        "all are cases": degenerate & (numbers.estimate >= 1),
        "no variation between sampling units": degenerate & (numbers.estimate > 0) & (numbers.estimate < 1),
        "one observation": single,
    }
    return [(rows, np.char.add(f"{reason}; ", how)) for reason, rows in reasons.items()]
