"""Generalised weight share: rows that could have come into the sample by several ways."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from prevalence.adjustments import Adjustment
from prevalence.aggregate import households_of, sampling_units
from prevalence.checks import as_names
from prevalence.errors import DataError, OptionError, counted, listed
from prevalence.provenance import Count
from prevalence.rows import Floats, numbers, require_columns
from prevalence.survey import Survey
from prevalence.totals import Ints, weighted_counts
from prevalence.weighting.steps import Start, finished, new_column, start


def share(
    survey: Survey,
    *,
    multiplicity: str,
    cluster: str | Sequence[str] | None = None,
    column: str | None = None,
) -> Survey:
    """Divide weights by the number of ways in which a row could have come into the sample.

    Rows are links between sampled units and the people counted: the reports of relatives, the visits to a venue, the households through which a
    child could be reached. A person reached in two ways has two rows.

    Parameters
    ----------
    survey : Survey
        One row a link, with the weight, stratum and PSU of the sampled unit that it starts from.
    multiplicity : str
        Column of the number of links of the person to *all* units of the frame, sampled or not: 1 or more. With `cluster`, the links of the row's
        person alone, which may be 0.
    cluster : str or sequence of str, optional
        Columns that name clusters of persons, all of whom are observed once one is linked, such as a household of which some members were in
        the first sample: all of its members get the sum of its weights over the sum of its links.
    column : str, optional
        Name of the new weight; by default ``weight_share``.

    Returns
    -------
    Survey
        Whose totals are those of persons. The variance is exact: it is that of the sampled units, each with the sum of what its links carry.

    Raises
    ------
    ColumnError, DataError
        If a column is absent, or a multiplicity is missing or below 1 (of a cluster: below 1 in total).
    OptionError
        If a cluster lies in several sampling units, or steps that the variance follows came before sharing within clusters.

    Notes
    -----
    Lavallée (2007), Indirect Sampling, chapter 2; Sirken (1970), JASA 65:257-266, for multiplicity. Reports of an immediate-family network
    become variables of the respondent with ``pv.classify.family_network``, which divides by multiplicity itself: do not share as well.

    Examples
    --------
    Three visits to a venue by two persons, one of whom comes twice in the period of the frame:

    >>> import pandas as pd, prevalence as pv
    >>> visits = pd.DataFrame({"day": [1, 1, 2], "w": 10.0, "person": ["a", "b", "a"], "visits": [2, 1, 2], "forced": [1, 0, 1]})
    >>> survey = pv.weighting.share(pv.Survey(visits, pv.Design(weight="w", psu="day")), multiplicity="visits")
    >>> pv.total(survey, "forced").to_pandas()["estimate"].item()
    10.0
    """
    homes = as_names(cluster)
    require_columns(survey.data, (multiplicity, *homes))
    begun = start(survey)
    links = numbers(begun.frame, multiplicity)
    _check_links(links, begun.weight, multiplicity, least=0 if homes else 1)
    after = new_column(begun.survey, column, "weight_share")
    adjustments: tuple[Adjustment, ...] = ()
    if homes:
        weight = _in_clusters(begun, links, homes)
    else:
        weight = np.divide(begun.weight, links, out=np.zeros_like(links), where=begun.weight > 0)
        adjustments = (Adjustment(before=begun.column, after=after, effect="given"),)
    what = "clusters" if homes else "rows"
    return finished(
        begun,
        "share",
        {after: weight},
        labels={after: "Weight shared among the ways into the sample"},
        weight=after,
        parameters={"multiplicity": multiplicity, "cluster": list(homes) or None, "column": column},
        adjustments=adjustments,
        counts=(Count(step="share", rows=int((links > 1).sum()), reason=f"{what} with several links to the frame"),),
    )


def _check_links(links: Floats, weight: Floats, name: str, *, least: int) -> None:
    wrong = np.flatnonzero((weight > 0) & ~(np.isfinite(links) & (links >= least)))
    if len(wrong):
        raise DataError(
            f"Multiplicity must be {least} or more and known for each row with a weight; {name!r} is not in {counted(len(wrong), 'row')}: "
            f"{listed(links[wrong].tolist())}. The link by which the row was found counts; impute what is not known."
        )


def _in_clusters(begun: Start, links: Floats, names: Sequence[str]) -> Floats:
    """Return the weight that all members of a cluster share."""
    design = begun.survey.design
    if design.follows_plan:
        raise OptionError(
            "Sharing within clusters must come before steps that the variance follows; the plan has "
            f"{listed([step.name for step in design.plan])}. Share first, then adjust for non-response and calibrate."
        )
    if design.replicates is not None and not design.replicates.created:
        raise OptionError(
            "Replicate weights of a file cannot be shared within clusters. Write one row a link, and leave cluster out."
        )
    number = households_of(begun.frame, names, np.ones(len(links), dtype=np.bool_))
    assert number is not None
    _check_within(begun, number)
    size = int(number.max()) + 1
    every = weighted_counts(number, np.nan_to_num(links), size)
    missing = np.flatnonzero(every < 1)
    if len(missing):
        raise DataError(
            f"Each cluster must have a link to the frame; {counted(len(missing), 'cluster has', 'clusters have')} none. "
            "Check the multiplicity of their members."
        )
    return np.asarray((weighted_counts(number, begun.weight, size) / every)[number], dtype=np.float64)


def _check_within(begun: Start, number: Ints) -> None:
    unit, _ = sampling_units(begun.frame, begun.survey.design)
    if not begun.survey.design.units:
        raise OptionError(
            "Sharing within clusters needs the sampling units that clusters lie in. Name them in the design: psu='cluster'."
        )
    first = np.zeros(int(number.max()) + 1, dtype=np.int64)
    first[number] = unit
    split = np.unique(number[first[number] != unit])
    if len(split):
        raise OptionError(
            f"A cluster must lie in one sampling unit; {counted(len(split), 'cluster lies', 'clusters lie')} in several. "
            "Write one row a link, and leave cluster out."
        )
