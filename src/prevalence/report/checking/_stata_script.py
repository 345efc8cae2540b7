"""The script that rebuilds a design in Stata."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from prevalence.design import Design
from prevalence.errors import OptionError, listed
from prevalence.report.checking._check_script import (
    ROWS_STATA,
    Asked,
    By,
    CheckScript,
    Statistic,
    asked,
    plain_number,
    rendered,
    used_stages,
)
from prevalence.report.exchange._write_back import STATA
from prevalence.survey import Survey

if TYPE_CHECKING:
    import pandas as pd

SINGLE_UNIT = {"fail": "missing", "certainty": "certainty", "adjust": "centered", "average": "scaled"}
JACKKNIFE = ("JK1", "JK2", "JKn")
COMMANDS: dict[Statistic, str] = {"prevalence": "mean", "mean": "mean", "total": "total", "ratio": "ratio"}
DOMAIN = "_domain"
"""How columns begin that say who is in a row of the table."""
UNSAFE = re.compile(r"[^\w ,.:()=+-]")
"""All but letters, digits and marks that mean nothing in a comment of Stata."""


def stata_script(
    survey: Survey, variable: str | Sequence[str], *, statistic: Statistic = "prevalence", by: By = None, among: str | None = None
) -> CheckScript:
    """Return a script that rebuilds the design in Stata, makes one table there and shows it beside ours.

    Written from Stata's manual of ``svyset`` and **not run**: no Stata is at hand where this package is tested.

    Parameters
    ----------
    survey, variable, statistic, by, among
        As in `r_script`.

    Returns
    -------
    CheckScript
        ``save(folder)`` writes ``check.do`` and ``rows.dta``.

    Raises
    ------
    OptionError
        If Stata has no counterpart of the design, or a column has a name that Stata does not take.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": [2.0, 1.0, 1.0, 2.0], "ea": [1, 1, 2, 2], "child_labour": [1, 0, 0, 1]})
    >>> script = pv.report.stata_script(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "child_labour")
    >>> next(line for line in script.text.splitlines() if line.startswith("svyset"))
    'svyset _unit1 [pweight=w], strata(_stratum1) singleunit(missing)'
    """
    design = survey.design
    _refuse(design)
    what = asked(survey, variable, statistic, by, among)
    unfit = [name for name in what.rows.columns if not STATA.fits(name)]
    if unfit:
        raise OptionError(
            f"Stata takes names of up to 32 letters, digits and underscores; found {listed(unfit)}. Rename the columns of the survey."
        )
    text = rendered(
        "check.do.j2",
        literal,
        data=ROWS_STATA,
        stages=[{"number": number, **stage} for number, stage in enumerate(used_stages(design), start=1)],
        svyset=_svyset(survey),
        command=COMMANDS[statistic],
        asked_for=f"({'/'.join(what.variables)})" if statistic == "ratio" else what.variables[0],
        domains=[_domain(what, number) for number in range(len(what.domains))],
        numbers=what.numbers,
    )
    return CheckScript(text, ROWS_STATA, _typed(what), what.estimates)


def _refuse(design: Design) -> None:
    replicates = design.replicates
    none = {
        "two phases": design.two_phase is not None,
        f"selection={design.selection!r}": design.selection != "independent",
        "lonely_domains": design.lonely_domains,
        "created BRR, Fay or bootstrap replicates": replicates is not None
        and replicates.created
        and replicates.method not in JACKKNIFE,
        "bootstrap columns with a scale other than 1/R": _other_bootstrap(design),
        "a scale of BRR, Fay or SDR other than the method's": replicates is not None
        and replicates.method in ("BRR", "Fay", "SDR")
        and (replicates.scale is not None or replicates.rscales is not None),
        "replicate factors that do not hold the weight": replicates is not None
        and not replicates.created
        and not replicates.combined,
    }
    found = [name for name, given in none.items() if given]
    if found:
        raise OptionError(f"Stata's svyset has no counterpart of {listed(found, limit=9)}. Compare with R: pv.report.r_script.")


def _other_bootstrap(design: Design) -> bool:
    replicates = design.replicates
    if replicates is None or replicates.created or replicates.method != "bootstrap":
        return False
    named = replicates.columns
    return (
        isinstance(named, str)
        or replicates.rscales is not None
        or replicates.scale is None
        or abs(replicates.scale * len(named) - 1) > 1e-12
    )


def _svyset(survey: Survey) -> str:
    design = survey.design
    replicates = design.replicates
    single = f"singleunit({SINGLE_UNIT[design.lonely_psu]})"
    if replicates is None or replicates.created:
        stages = [_stage(number, stage) for number, stage in enumerate(used_stages(design), start=1)]
        first, later = stages[0], stages[1:]
        unit, _, options = first.partition(", ")
        made = "" if replicates is None else f" vce(jackknife){' mse' if replicates.mse else ''}"
        return " || ".join([f"svyset {unit} [pweight={design.weight}], {options} {single}{made}", *later])
    columns = survey.replicate_columns
    mse = " mse" if replicates.mse else ""
    names = " ".join(columns)
    weights = {
        "BRR": f"brrweight({names}) vce(brr)",
        "Fay": f"brrweight({names}) fay({replicates.fay_rho}) vce(brr)",
        "SDR": f"sdrweight({names}) vce(sdr)",
        "bootstrap": f"bsrweight({names}) vce(bootstrap)",
    }
    how = weights.get(replicates.method) or f"{_jackknife(survey, columns)} vce(jackknife)"
    return f"svyset [pweight={design.weight}], {how}{mse}"


def _jackknife(survey: Survey, columns: Sequence[str]) -> str:
    replicates = survey.design.replicates
    assert replicates is not None
    usual = (len(columns) - 1) / len(columns) if replicates.method == "JK1" else 1.0
    scale = usual if replicates.scale is None else replicates.scale
    rscales = replicates.rscales or [1.0] * len(columns)
    return " ".join(
        f"jkrweight({name}, multiplier({plain_number(scale * each)}))" for name, each in zip(columns, rscales, strict=True)
    )


def _stage(number: int, stage: Mapping[str, Any]) -> str:
    fpc = f" fpc({stage['fpc']})" if stage["fpc"] else ""
    return f"_unit{number}, strata(_stratum{number}){fpc}"


def _domain(what: Asked, number: int) -> dict[str, str]:
    """Return what a row of the table is of, as a comment, and the condition that its people meet."""
    said = ", ".join(f"{name} = {value}" for name, value in what.domains[number].items())
    known = [f"!missing({name})" for name in what.variables]
    return {"comment": remark(said) or "everyone", "condition": " & ".join([f"{DOMAIN}{number + 1}", *known])}


def _typed(what: Asked) -> pd.DataFrame:
    """Return the rows with truth values as 0 and 1, which Stata's files hold, and who is in each row of the table as 0 and 1.

    Levels are matched here, for Stata runs what a text in a script holds: macros in any quotes, and commands after a new line.
    """
    import pandas as pd

    rows = what.rows.copy()
    inside = {}
    for number, domain in enumerate(what.domains, start=1):
        found = np.ones(len(rows), dtype=np.bool_)
        for name, value in domain.items():
            found &= (rows[name] == value).fillna(False).to_numpy(dtype=np.bool_)
        inside[f"{DOMAIN}{number}"] = found.astype(float)
    for name in rows.columns:
        if rows[name].dtype.kind == "b":
            rows[name] = rows[name].astype(float)
    return rows.join(pd.DataFrame(inside, index=rows.index))


def remark(text: str) -> str:
    r"""Return a text that is safe in a comment of Stata: in one line, without quotes, macros and marks of comments.

    Examples
    --------
    >>> remark('region = Côte d`Ivoire "$1" /* \n!echo')
    'region = Côte d Ivoire 1 echo'
    """
    return " ".join(UNSAFE.sub(" ", text).split())


def literal(value: float) -> str:
    """Return a number as Stata writes it.

    Examples
    --------
    >>> literal(12.0), literal(0.5), literal(float("nan"))
    ('12.0', '.5', '.')
    """
    text = plain_number(value)
    return "." if text == "NA" else text.removeprefix("0") if text.startswith("0.") else text
