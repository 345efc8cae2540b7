"""The script that rebuilds a design in R."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from prevalence.design import Design
from prevalence.errors import OptionError
from prevalence.report.checking._check_script import (
    REPLICATE,
    ROWS_R,
    By,
    CheckScript,
    Statistic,
    asked,
    created_factors,
    plain_number,
    quoted,
    rendered,
    used_stages,
)
from prevalence.survey import Survey

TYPES = {
    "JK1": "JK1",
    "JK2": "JK2",
    "JKn": "JKn",
    "BRR": "BRR",
    "Fay": "Fay",
    "bootstrap": "bootstrap",
    "SDR": "successive-difference",
}
TOLERANCE = 1e-9
"""Both sides sum in double precision; what is read from 17 digits is the same number."""


def r_script(
    survey: Survey, variable: str | Sequence[str], *, statistic: Statistic = "prevalence", by: By = None, among: str | None = None
) -> CheckScript:
    """Return a script that rebuilds the design in R, makes one table there and compares it with ours.

    Parameters
    ----------
    survey : Survey
    variable : str or sequence of str
        For ``ratio`` numerator and denominator.
    statistic : {"prevalence", "mean", "total", "ratio"}
    by, among
        As in `prevalence`.

    Returns
    -------
    CheckScript
        ``save(folder)`` writes ``check.R`` and ``rows.csv``. Run there, ``Rscript check.R`` prints both sides and writes ``r_numbers.csv``; it ends with an
        error where they differ. Needs R with the package ``survey`` 4.1 or later.

    Raises
    ------
    OptionError
        If R's ``survey`` has no counterpart of the design, or an option is unknown.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": [2.0, 1.0, 1.0, 2.0], "ea": [1, 1, 2, 2], "child_labour": [1, 0, 0, 1]})
    >>> script = pv.report.r_script(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "child_labour")
    >>> "svydesign(" in script.text, list(script.rows.columns)
    (True, ['w', 'ea', 'child_labour'])
    """
    what = asked(survey, variable, statistic, by, among)
    design = survey.design
    kind = _kind(design)
    text = rendered(
        "check.R.j2",
        literal,
        kind=kind,
        data=ROWS_R,
        text=[name for name in what.rows.columns if what.rows[name].dtype.kind not in "biuf"],
        design=design,
        stages=[_plain(stage) for stage in used_stages(design)],
        replicates=_replicates(survey) if kind == "replicates" else {},
        statistic=statistic,
        variables=list(what.variables),
        domains=what.domains,
        numbers=what.numbers,
        tolerance=TOLERANCE,
    )
    return CheckScript(text, ROWS_R, what.rows, what.estimates)


def _kind(design: Design) -> str:
    """Return which part of the script rebuilds the design.

    Raises
    ------
    OptionError
        If R's package has none.
    """
    later = len(used_stages(design)) > 1
    if design.two_phase is not None:
        kind = "two-phase"
    elif design.replicates is not None:
        kind = "replicates"
    elif design.selection == "independent":
        return "plain"
    else:
        kind = design.selection
    if later and kind not in ("brewer", "replicates"):
        raise OptionError(
            f"R's survey has no {kind} design with later stages to compare with. Leave later_stages out to check the first stage."
        )
    if kind in ("successive-differences", "hartley-rao", "hartley-rao-ht") and design.lonely_psu == "adjust":
        raise OptionError(f"The script has no lonely_psu='adjust' for {kind!r}: choose 'certainty' to compare.")
    return kind


def _plain(stage: Mapping[str, Any]) -> dict[str, Any]:
    return {"unit": list(stage["unit"]), "stratum": list(stage["stratum"]), "fpc": stage["fpc"]}


def _replicates(survey: Survey) -> dict[str, Any]:
    """Return the arguments of ``svrepdesign``: R's own defaults of a method where the design gives none."""
    replicates = survey.design.replicates
    assert replicates is not None
    if replicates.created:
        scales = created_factors(survey)[1]
        columns = [f"{REPLICATE}{number + 1}" for number in range(len(scales))]
        return {
            "columns": columns,
            "type": "other",
            "combined.weights": False,
            "scale": 1.0,
            "rscales": scales.tolist(),
            "mse": replicates.mse,
        }
    columns = list(survey.replicate_columns)
    found: dict[str, Any] = {
        "columns": columns,
        "type": TYPES[replicates.method],
        "combined.weights": replicates.combined,
        "mse": replicates.mse,
    }
    if replicates.method == "JK1":
        found["scale"] = (len(columns) - 1) / len(columns)
    if replicates.fay_rho is not None:
        found["rho"] = replicates.fay_rho
    if replicates.rscales is not None or replicates.scale is not None:
        found["scale"] = 1.0 if replicates.scale is None else replicates.scale
        found["rscales"] = list(replicates.rscales or [1.0] * len(columns))
        found["type"] = "JKn" if replicates.method == "JKn" else "other"
        found.pop("rho", None)
    return found


def literal(value: Any) -> str:
    """Return a value as R writes it.

    Examples
    --------
    >>> literal(None), literal(True), literal("a"), literal([1, 2.5]), literal({"sex": "Female", "is it?": 1})
    ('NULL', 'TRUE', '"a"', 'c(1, 2.5)', 'list(`sex` = "Female", `is it?` = 1)')
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        return f"list({', '.join(f'`{_name(name)}` = {literal(each)}' for name, each in value.items())})"
    if isinstance(value, list | tuple):
        return f"c({', '.join(literal(each) for each in value)})" if value else "character(0)"
    return str(value) if isinstance(value, int | np.integer) else plain_number(value)


def _name(name: object) -> str:
    return str(name).replace("\\", "\\\\").replace("`", "\\`")
