"""Scripts that rebuild a design in R or Stata and make one estimate there, with our numbers beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from scipy import sparse

from prevalence.aggregate import factors_of, sampling_units
from prevalence.checks import as_names
from prevalence.design import Design
from prevalence.errors import OptionError, OutputError, check_option
from prevalence.estimates import ALL, Estimates, Key
from prevalence.estimators import mean, prevalence, ratio, total
from prevalence.survey import Survey
from prevalence.totals import Floats
from prevalence.written import write_by, write_file

if TYPE_CHECKING:
    import pandas as pd

Statistic = Literal["prevalence", "mean", "total", "ratio"]
STATISTICS: tuple[Statistic, ...] = ("prevalence", "mean", "total", "ratio")
By = str | Sequence[str] | None

ROWS_R, ROWS_STATA = "rows.csv", "rows.dta"
REPLICATE = "replicate_factor_"


@dataclass(frozen=True)
class CheckScript:
    """A script and the rows that it reads.

    Attributes
    ----------
    text : str
        The script.
    data : str
        Name of the file of rows that it reads, beside it.
    rows : data frame
        The columns of the design and of the estimate: **microdata**.
    estimates : Estimates
        Our numbers, which the script compares with its own.
    """

    text: str
    data: str
    rows: pd.DataFrame
    estimates: Estimates

    def save(self, folder: str | Path) -> Path:
        """Write script and rows into a folder that exists; return the path of the script.

        The rows are microdata: keep the folder where the survey's files are kept.

        Raises
        ------
        OutputError
            If the folder cannot be written.
        """
        place = Path(folder)
        if not place.is_dir():
            raise OutputError(f"The folder of a script must exist; {place.name!r} does not. Make it first.")
        if self.data.endswith(".dta"):
            import pyreadstat

            write_by(place / self.data, lambda path: pyreadstat.write_dta(self.rows, path))
            return write_file(place / "check.do", self.text)
        write_file(place / self.data, self.rows.to_csv(index=False, float_format="%.17g", lineterminator="\n"))
        return write_file(place / "check.R", self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What both scripts are made of.

    Attributes
    ----------
    survey : Survey
    statistic : str
    variables : tuple of str
        One, or numerator and denominator.
    estimates : Estimates
    domains : tuple of mappings of column to value
        One a row of the estimates.
    rows : data frame
    """

    survey: Survey
    statistic: Statistic
    variables: tuple[str, ...]
    estimates: Estimates
    domains: tuple[Mapping[str, Any], ...]
    rows: pd.DataFrame

    @property
    def numbers(self) -> list[tuple[float, float]]:
        """Our estimate and standard error of each row."""
        return list(zip(self.estimates.numbers.estimate.tolist(), self.estimates.numbers.se.tolist(), strict=True))


def asked(survey: Survey, variable: str | Sequence[str], statistic: Statistic, by: By, among: str | None) -> Asked:
    """Return the estimate of ours, the domains in words of columns, and the rows that are needed.

    Raises
    ------
    OptionError
        If `statistic` is unknown, or `variable` does not fit it.
    """
    check_option("statistic", statistic, STATISTICS)
    variables = as_names(variable)
    if len(variables) != (2 if statistic == "ratio" else 1):
        raise OptionError(
            f"{statistic} needs {'numerator and denominator' if statistic == 'ratio' else 'one variable'}; found {list(variables)}."
        )
    if statistic == "ratio":
        found = ratio(survey, *variables, by=by, among=among)
    else:
        found = {"prevalence": prevalence, "mean": mean, "total": total}[statistic](survey, variables[0], by=by, among=among)
    domains = tuple(_domains(survey, found, among))
    columns = [*survey.design.columns, *survey.replicate_columns, *variables, *(name for domain in domains for name in domain)]
    rows = survey.collect(dict.fromkeys(columns)).to_pandas().copy()
    if survey.design.replicates is not None and survey.design.replicates.created:
        rows = rows.join(_created(survey))
    return Asked(survey=survey, statistic=statistic, variables=variables, estimates=found, domains=domains, rows=rows)


def _domains(survey: Survey, estimates: Estimates, among: str | None) -> list[dict[str, Any]]:
    keys = [key for key in estimates.keys if key.name in estimates.dimensions]
    whole = {among: 1} if among is not None else {}
    return [{**_place(survey, keys, row), **whole} for row in range(len(estimates))]


def _place(survey: Survey, keys: Sequence[Key], row: int) -> dict[str, Any]:
    place: dict[str, Any] = {}
    for key in keys:
        level = key.levels[key.codes[row]]
        family = survey.families.get(key.name)
        if level == ALL:
            continue
        if family is None:
            place[key.name] = level
        elif level in family.members:
            place[family.members[level]] = 1
        else:
            place |= dict.fromkeys(family.members.values(), 0)
    return place


def _created(survey: Survey) -> pd.DataFrame:
    """Return the factors of the replicates that the library makes, a column each."""
    import pandas as pd

    found, _ = created_factors(survey)
    return pd.DataFrame({f"{REPLICATE}{number + 1}": factor for number, factor in enumerate(found)})


def created_factors(survey: Survey) -> tuple[Floats, Floats]:
    """Return the factors, shape (replicates, rows), and scales, shape (replicates,), of replicates that the library makes."""
    design = survey.design
    ultimate, units = sampling_units(survey.collect(design.columns), design)
    made, primary = factors_of(design, units), units.primary
    by_unit = made.sums(sparse.csc_array(sparse.eye_array(len(primary.stratum), format="csc")))
    return by_unit[:, primary.unit[ultimate]], made.scales


def used_stages(design: Design) -> list[dict[str, Any]]:
    """Return the stages whose variance counts: each but the last has a finite population correction."""
    stages: list[dict[str, Any]] = [{"unit": design.units, "stratum": design.strata, "fpc": design.fpc}]
    for stage in design.later_stages:
        if stages[-1]["fpc"] is None:
            break
        stages.append({"unit": stage.units, "stratum": stage.strata, "fpc": stage.fpc})
    return stages


def rendered(template: str, literal: Any, **parts: Any) -> str:
    """Return a script from its template; `literal` writes a value in its language."""
    environment = Environment(
        loader=PackageLoader("prevalence", "report/checking/scripts"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["literal"] = literal
    return environment.get_template(template).render(**parts)


def plain_number(value: float) -> str:
    """Return a number with the 17 digits that give it back."""
    return repr(float(value)) if np.isfinite(value) else "NA"


def quoted(text: str) -> str:
    """Return a text in double quotes, escaped as R and JSON do."""
    return json.dumps(text, ensure_ascii=False)
