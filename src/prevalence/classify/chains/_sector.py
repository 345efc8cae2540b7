"""Broad sector of work: agriculture, industry or services, and the section letter, from ISIC Rev.4."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import narwhals.stable.v2 as nw

from prevalence.classify.answers import Answer, either, keep_answers, one_zero, without_kept
from prevalence.classify.chains.industry import Industry, industries
from prevalence.classify.standards import data_file
from prevalence.classify.values import among
from prevalence.errors import check_option
from prevalence.provenance import Definition, Variable
from prevalence.rows import require_columns, with_columns
from prevalence.survey import Survey
from prevalence.toml_files import TomlTable, read

JOBS = ("main", "all")
STEP = "classify sector"


class _Sector(TomlTable):
    name: str
    sections: dict[str, str]


class _Sectors(TomlTable):
    name: str
    version: str
    title: str
    source: str
    status: str
    sector: tuple[_Sector, ...]


def sector(survey: Survey, *, jobs: str = "main", revision: str = "detect") -> Survey:
    """Add the broad sector of the main job, its section letter, and one 0/1/null column a sector.

    Parameters
    ----------
    survey : Survey
        With ``isic`` (ISIC Rev.4; two digits are enough) and, for ``jobs="all"``, ``isic_2``.
    jobs : {"main", "all"}
        Whether ``sector_<name>`` speaks of the main job, as official sector tables do, or of any job, so that one person may be in two.
    revision : {"detect", "isic4"}
        As in `supply_chain`.

    Returns
    -------
    Survey
        With ``sector`` (``Agriculture``, ``Industry``, ``Services``), ``isic_section`` (``A`` to ``U``), both of the main job and null
        where it has no code, and ``sector_agriculture``, ``sector_industry``, ``sector_services``.

    Raises
    ------
    ColumnError
        If a needed column is absent.
    DataError
        If the codes cannot be ISIC Rev.4, or their revision cannot be told.
    OptionError
        If an option is unknown.

    Notes
    -----
    Sections A; B to F; G to U of ISIC Rev.4. The share of a group in each sector: ``pv.prevalence(survey, sector_columns(),
    among="child_labour")``.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 1.0, "isic": ["0127", "14", None], "isic_2": [None, "0127", None]})
    >>> workers = pv.classify.sector(pv.Survey(data, pv.Design(weight="w")), jobs="all")
    >>> workers.data["sector"].tolist()[:2], workers.data["isic_section"].tolist()[:2], workers.data["sector_agriculture"].tolist()
    (['Agriculture', 'Industry'], ['A', 'C'], [1.0, 1.0, nan])
    """
    check_option("jobs", jobs, JOBS)
    columns = ("isic", "isic_2") if jobs == "all" else ("isic",)
    require_columns(survey.data, columns)
    found = industries(survey.frame, columns, revision=revision, step=STEP)
    main = found[0]
    made = {"sector": _named(main, _sector_of()), "isic_section": _named(main, _section_of())}
    answers = {f"sector_{name.lower()}": _answer(found, name) for name in _levels()}
    frame, stored = keep_answers(survey.frame, answers)
    made |= {column: one_zero(answer.yes, known=answer.known) for column, answer in stored.items()}
    definitions = {column: _record(column, jobs) for column in made}
    labels = {column: Variable(label=definition.title) for column, definition in definitions.items()}
    labels["sector"] = Variable(label="Broad sector", levels={level: level for level in _levels()})
    return survey.grown(
        without_kept(with_columns(frame, made)),
        codebook=survey.codebook.with_variables(labels),
        provenance=survey.provenance.add(
            definitions=definitions, counts=tuple(count for entry in found for count in entry.counts)
        ),
    )


def sector_columns() -> tuple[str, ...]:
    """Return the columns that `sector` makes, one a broad sector, in display order.

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.classify.sector_columns()
    ('sector_agriculture', 'sector_industry', 'sector_services')
    """
    return tuple(f"sector_{name.lower()}" for name in _levels())


def _named(found: Industry, names: Mapping[str, str]) -> nw.Expr:
    """Return the name of the division of each row as text."""
    column = nw.lit(None, dtype=nw.String)
    for name in dict.fromkeys(names.values()):
        rows = among(found.column, [value for value, code in found.codes.items() if names.get(code[:2]) == name])
        column = nw.when(rows).then(nw.lit(name)).otherwise(column)
    return column


def _answer(found: list[Industry], name: str) -> Answer:
    """Return whether a job is in a sector: no if the main job is known to be in another; a second job adds, and silence is no job."""
    names = _sector_of()
    yes = either(
        among(entry.column, [value for value, code in entry.codes.items() if names.get(code[:2]) == name]) for entry in found
    )
    return Answer(yes, yes | among(found[0].column, found[0].codes))


@cache
def _sectors() -> _Sectors:
    return read(data_file("data", "sectors.toml"), _Sectors, "table of sectors")


def _levels() -> tuple[str, ...]:
    return tuple(entry.name for entry in _sectors().sector)


@cache
def _section_of() -> dict[str, str]:
    """Return division -> section letter."""
    spans = {letter: span for entry in _sectors().sector for letter, span in entry.sections.items()}
    return {division: letter for letter, span in spans.items() for division in _divisions(span)}


@cache
def _sector_of() -> dict[str, str]:
    """Return division -> broad sector."""
    return {
        division: entry.name for entry in _sectors().sector for span in entry.sections.values() for division in _divisions(span)
    }


def _divisions(span: str) -> list[str]:
    first, _, last = span.partition("-")
    return [f"{number:02d}" for number in range(int(first), int(last or first) + 1)]


def _record(column: str, jobs: str) -> Definition:
    rules = _sectors()
    titles = {"sector": f"{rules.title}, main job", "isic_section": "section of ISIC Rev.4, main job"}
    name = column.removeprefix("sector_")
    title = titles.get(column, f"persons whose {'main job' if jobs == 'main' else 'main or second job'} is in {name}")
    return Definition(
        indicator=column,
        name=rules.name,
        version=rules.version,
        title=title,
        source=rules.source,
        status=rules.status,
        options={"jobs": "main" if column in titles else jobs},
    )
