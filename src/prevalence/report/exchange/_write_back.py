"""Stata and SPSS files with the classified indicators, the final weights and their labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prevalence.errors import OutputError, listed
from prevalence.provenance import Definition, Variable
from prevalence.survey import Survey
from prevalence.written import write_by

if TYPE_CHECKING:
    import pandas as pd

YES_NO = {0: "No", 1: "Yes"}


@dataclass(frozen=True, slots=True)
class Format:
    """What names and labels a kind of file takes.

    Attributes
    ----------
    name : str
    names : str
        Pattern of a name of a variable.
    longest_name : int
        In bytes.
    variable_label, value_label : int
        Longest labels, in bytes.
    """

    name: str
    names: str
    longest_name: int
    variable_label: int
    value_label: int

    def fits(self, name: str) -> bool:
        """Return whether a column may have the name."""
        return bool(re.fullmatch(self.names, name)) and len(name.encode()) <= self.longest_name


# Stata 14-18, `help limits` and `help dta`: names of 32 characters, variable labels of 80. Labels are counted in bytes here, which is the stricter.
STATA = Format("Stata", r"[A-Za-z_][A-Za-z0-9_]*", 32, 80, 32_000)
# IBM SPSS Statistics, Command Syntax Reference: names of 64 bytes, variable labels of 256, value labels of 120.
SPSS = Format("SPSS", r"[A-Za-z@][\w@#$.]*(?<!\.)", 64, 256, 120)
FORMATS = {".dta": STATA, ".sav": SPSS, ".zsav": SPSS}


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file, and what it could not hold in full.

    Attributes
    ----------
    path : Path
    columns : tuple of str
    shortened : tuple of str
        Labels that were too long, in full.
    coded : mapping of column to mapping of code to level
        Columns of texts that became numbers with labels.
    """

    path: Path
    columns: tuple[str, ...]
    shortened: tuple[str, ...]
    coded: Mapping[str, Mapping[int, str]]


def write_back(
    survey: Survey, path: str | Path, *, columns: Sequence[str] | None = None, rename: Mapping[str, str] | None = None
) -> WrittenFile:
    """Write rows with their labels as a Stata or SPSS file, for those who go on there.

    Parameters
    ----------
    survey : Survey
        With its classified indicators and the final weight of its design.
    path : str or path
        Ending in ``.dta`` (Stata 14 and later), ``.sav`` or ``.zsav`` (SPSS).
    columns : sequence of str, optional
        By default all columns. Those of the key and the design are always written.
    rename : mapping of column to name, optional
        Names in the file, for columns whose name the format does not take.

    Returns
    -------
    WrittenFile
        Canonical columns of texts, such as ``sex``, are numbers from 1 with value labels in the file; 0/1 columns without labels are labelled No and Yes. The
        label of an indicator names its definition.

    Raises
    ------
    OutputError
        If the ending is unknown, a name does not fit, or the file cannot be written.
    ColumnError
        If a column is absent.

    Notes
    -----
    The file holds microdata. Stata and SPSS files carry the time at which they were written.

    Examples
    --------
    >>> import tempfile, pandas as pd, pyreadstat, prevalence as pv
    >>> rows = pd.DataFrame({"w": [2.0, 1.0], "child_labour": [1.0, 0.0]})
    >>> written = pv.report.write_back(pv.Survey(rows, pv.Design(weight="w")), tempfile.mkdtemp() + "/children.dta")
    >>> pyreadstat.read_dta(written.path)[1].variable_value_labels
    {'child_labour': {0: 'No', 1: 'Yes'}}
    """
    place = Path(path)
    if place.suffix.lower() not in FORMATS:
        raise OutputError(f"The ending of the file must be one of {listed(FORMATS, limit=3)}; found {place.suffix!r}.")
    form = FORMATS[place.suffix.lower()]
    always = [*survey.key, *survey.design.columns, *survey.replicate_columns]
    wanted = list(dict.fromkeys([*always, *columns] if columns is not None else survey.columns))
    names = {name: (rename or {}).get(name, name) for name in wanted}
    _check_names(names, form)
    frame = survey.collect(wanted).to_pandas().copy()
    labels, values, coded = {}, {}, {}
    for name in wanted:
        variable = survey.codebook.variables.get(name, Variable())
        frame[name], codes = _coded(frame[name], variable)
        labels[names[name]] = _label(name, variable, survey.provenance.definitions.get(name), name == survey.design.weight)
        found = codes or _value_labels(frame[name], variable)
        if found:
            values[names[name]] = found
        if codes:
            coded[name] = codes
    written = frame.rename(columns=names)
    return _write(place, form, written, labels, values, coded)


def _check_names(names: Mapping[str, str], form: Format) -> None:
    unfit = [name for name in names.values() if not form.fits(name)]
    folded = [name.casefold() for name in names.values()]
    twice = sorted({name for name in names.values() if folded.count(name.casefold()) > 1}) if form is SPSS else []
    twice = twice or sorted({name for name in names.values() if list(names.values()).count(name) > 1})
    if unfit or twice:
        fault = f"found {listed(unfit)}" if unfit else f"found {listed(twice)} more than once"
        raise OutputError(
            f"{form.name} takes different names of up to {form.longest_name} letters, digits and underscores that begin with a letter; {fault}. "
            f"Rename them: rename={{{(unfit or twice)[0]!r}: '...'}}."
        )


def _coded(series: pd.Series[Any], variable: Variable) -> tuple[pd.Series[Any], dict[int, str]]:
    """Return a column as the file can hold it, and the codes of a column of texts with known levels."""
    if series.dtype.kind == "b":
        return series.astype(float), {}
    texts = [value for value in series.dropna().unique() if isinstance(value, str)]
    if not texts or not variable.levels:
        return series, {}
    levels = [*variable.levels, *sorted(text for text in texts if text not in variable.levels)]
    code = {level: number for number, level in enumerate(levels, start=1)}
    return series.map(code).astype(float), {number: variable.levels.get(level, str(level)) for level, number in code.items()}


def _value_labels(series: pd.Series[Any], variable: Variable) -> dict[Any, str]:
    numeric = {
        key: str(text) for key, text in variable.levels.items() if isinstance(key, int | float) and not isinstance(key, bool)
    }
    if numeric or series.dtype.kind not in "iuf":
        return numeric if series.dtype.kind in "iuf" else {}
    given = series.dropna()
    return dict(YES_NO) if len(given) and bool(given.isin((0, 1)).all()) else {}


def _label(name: str, variable: Variable, definition: Definition | None, weight: bool) -> str:
    if definition is not None:
        return f"{definition.name}, {definition.version}: {definition.title}"
    return variable.label or ("final weight" if weight else "")


def _write(
    place: Path,
    form: Format,
    frame: pd.DataFrame,
    labels: Mapping[str, str],
    values: Mapping[str, Mapping[Any, str]],
    coded: Mapping[str, Mapping[int, str]],
) -> WrittenFile:
    import pyreadstat

    shortened: list[str] = []

    def fitted(text: str, longest: int) -> str:
        if len(text.encode()) <= longest:
            return text
        shortened.append(text)
        return text.encode()[: longest - 3].decode(errors="ignore") + "…"

    short_labels = {name: fitted(text, form.variable_label) for name, text in labels.items()}
    short_values = {
        name: {code: fitted(text, form.value_label) for code, text in texts.items()} for name, texts in values.items()
    }
    options: dict[str, Any] = {"column_labels": short_labels, "variable_value_labels": short_values}
    if form is SPSS:
        options |= {"compress": place.suffix.lower() == ".zsav", "note": list(shortened) or None}
    writer = pyreadstat.write_dta if form is STATA else pyreadstat.write_sav
    try:
        write_by(place, lambda path: writer(frame, path, **options))
    except pyreadstat.PyreadstatError as error:
        raise OutputError(f"{place.name} cannot be written in {str(place.parent)!r}: {error}. Choose another folder.") from error
    return WrittenFile(place, tuple(frame.columns), tuple(shortened), coded)
