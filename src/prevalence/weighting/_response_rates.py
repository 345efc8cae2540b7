"""Response rates by AAPOR's definitions, of cases and of the people they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from prevalence.checks import as_names
from prevalence.rows import Floats, require_columns
from prevalence.survey import Survey
from prevalence.totals import weighted_counts
from prevalence.weighting.classes import classes_of
from prevalence.weighting.dispositions import DISPOSITIONS, RATES, dispositions_of, rates
from prevalence.weighting.steps import start
from prevalence.weighting.tables import html_table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, repr=False)
class ResponseRates:
    """Dispositions counted and the rates that follow, for each group.

    Attributes
    ----------
    groups : tuple of str
        Labels; one, "All", where there was no `by`.
    cases, weighted : float arrays, shape (groups, dispositions)
        Cases, and sums of their weights, in the order of `DISPOSITIONS`.
    eligibility : float, optional
        AAPOR's e where it was given.
    """

    groups: tuple[str, ...]
    cases: Floats
    weighted: Floats
    eligibility: float | None

    def to_pandas(self) -> pd.DataFrame:
        """Return one row a group and rate: ``group, rate, meaning, unweighted, weighted``."""
        import pandas as pd

        found = []
        for group, cases, weighted in zip(self.groups, self.cases, self.weighted, strict=True):
            plain, by_weight = rates(cases, self.eligibility), rates(weighted, self.eligibility)
            found += [(group, name, meaning, plain[name], by_weight[name]) for name, meaning in RATES.items()]
        return pd.DataFrame(found, columns=["group", "rate", "meaning", "unweighted", "weighted"])

    def dispositions(self) -> pd.DataFrame:
        """Return one row a group and disposition: ``group, disposition, cases, weighted``."""
        import pandas as pd

        rows = [
            (group, name, int(count), weight)
            for group, counts, weights in zip(self.groups, self.cases, self.weighted, strict=True)
            for name, count, weight in zip(DISPOSITIONS, counts.tolist(), weights.tolist(), strict=True)
        ]
        return pd.DataFrame(rows, columns=["group", "disposition", "cases", "weighted"])

    def __repr__(self) -> str:
        return self.to_pandas().drop(columns="meaning").round(4).to_string(index=False)

    def _repr_html_(self) -> str:
        shown = self.to_pandas()
        for name in ("unweighted", "weighted"):
            shown[name] = [f"{100 * value:.1f}%" if np.isfinite(value) else "" for value in shown[name]]
        return html_table(shown, "Response rates (AAPOR)")


def response_rates(
    survey: Survey,
    *,
    disposition: str,
    codes: Mapping[Any, str] | None = None,
    by: str | Sequence[str] = (),
    eligibility: float | None = None,
) -> ResponseRates:
    """Count dispositions and return AAPOR's response, cooperation, refusal and contact rates.

    Parameters
    ----------
    survey : Survey
        One row a sampled case, interviewed or not, with base weights.
    disposition, codes
        As in `nonresponse`.
    by : str or sequence of str
        Columns whose crossing gives the groups.
    eligibility : float, optional
        AAPOR's e: the part of cases of unknown eligibility that is eligible; by default that of the cases whose eligibility is known.

    Returns
    -------
    ResponseRates

    Raises
    ------
    ColumnError, DataError
        If a column is absent, or a case has no disposition.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": [1.0, 1.0, 2.0, 2.0], "result": ["interview", "interview", "refusal", "ineligible"]})
    >>> found = pv.weighting.response_rates(pv.Survey(rows, pv.Design(weight="w")), disposition="result")
    >>> found.to_pandas().set_index("rate").loc["RR1", ["unweighted", "weighted"]].astype(float).round(3).tolist()
    [0.667, 0.5]
    """
    names = as_names(by)
    require_columns(survey.data, (disposition, *names))
    begun = start(survey)
    place = dispositions_of(begun.frame, disposition, codes)
    groups = classes_of(begun.frame, names, np.ones(len(place), dtype=np.bool_))
    size = len(groups.levels) * len(DISPOSITIONS)
    spot = groups.code * len(DISPOSITIONS) + place
    shape = (len(groups.levels), len(DISPOSITIONS))
    cases = np.bincount(spot, minlength=size).astype(np.float64).reshape(shape)
    weighted = weighted_counts(spot, begun.weight, size).reshape(shape)
    labels = groups.labels if names else ("All",)
    return ResponseRates(labels, cases, weighted, eligibility)
