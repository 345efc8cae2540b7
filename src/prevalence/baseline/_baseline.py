"""`Baseline`: a frozen record of what was measured, with its private part beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError
from scipy import sparse

from prevalence.baseline.private import Private, read_private, write_private
from prevalence.baseline.record import SCHEMA, Cell, Figure, Record
from prevalence.baseline.rounds import Round
from prevalence.design import Design
from prevalence.errors import LoadError, OptionError, counted
from prevalence.estimates import ALL, Estimates, Given, Interval, Key, Numbers, Sample, default_method
from prevalence.formulas.independent import Recorded, factor
from prevalence.provenance import Definition, Provenance
from prevalence.shown import table_text
from prevalence.totals import Columns, Floats
from prevalence.written import json_text, write_file

if TYPE_CHECKING:
    import pandas as pd

COUNTS = ("n", "cases", "missing", "n_psu", "df", "deff", "weighted", "population")
SHOWN = ("n", "cases")


@dataclass(frozen=True)
class Baseline:
    """What was measured, of whom, when and how, and what came out: made by `create`, read back by `read`.

    Attributes
    ----------
    record : Record
        The public part, with all fields.
    private : Private or None
        Unit scores with hashed labels; not part of the public file, and not of equality.
    """

    record: Record
    private: Private | None = field(default=None, compare=False, repr=False)

    @property
    def year(self) -> float:
        """The base year."""
        return self.record.when.base_year

    @property
    def estimates(self) -> Estimates:
        """The rates as a table; its covariances come from the private part, or from the correlations that the record publishes."""
        return self.round.rates

    @property
    def round(self) -> Round:
        """Rates and numbers of people of all cells."""
        return _round(self)

    def to_pandas(self) -> pd.DataFrame:
        """Return one row a cell: its levels, counts, rate and number with standard errors and limits, flag and reason of withholding."""
        import pandas as pd

        return pd.DataFrame(self.columns())

    def columns(self) -> dict[str, Any]:
        """Return the columns of `to_pandas` by name."""
        cells = self.record.cells
        columns: dict[str, Any] = {name: tuple(cell.levels[name] for cell in cells) for name in self.record.dimensions}
        columns |= {name: _array(getattr(cell, name) for cell in cells) for name in SHOWN}
        figures = {"rate": [cell.rate for cell in cells]}
        if any(cell.number is not None for cell in cells):
            figures["number"] = [cell.number or Figure() for cell in cells]
        for what, found in figures.items():
            for part in ("estimate", "se", "ci_low", "ci_high", "cv"):
                name = what if part == "estimate" else f"{what}_{part}"
                columns[name] = _array(getattr(figure, part) for figure in found)
        columns |= {name: _array(getattr(cell, name) for cell in cells) for name in COUNTS if name not in SHOWN}
        columns |= {"flag": tuple(cell.flag for cell in cells), "withheld": tuple(cell.withheld for cell in cells)}
        return columns

    def withhold(self, reasons: Sequence[str]) -> Baseline:
        """Return the baseline without the numbers of cells that have a reason not to be published; the private part goes too.

        Parameters
        ----------
        reasons : sequence of str
            One a cell, empty where nothing speaks against it: what ``pv.report.withheld([baseline.estimates])[0]`` says.
        """
        cells = self.record.cells
        if len(reasons) != len(cells):
            raise OptionError(f"reasons needs one text a cell, {len(cells)} in all; found {len(reasons)}.")
        kept = [
            Cell(levels=cell.levels, rate=Figure(), withheld=reason) if reason else cell
            for cell, reason in zip(cells, reasons, strict=True)
        ]
        correlation = None if any(reasons) else self.record.correlation
        return replace(
            self, record=self.record.model_copy(update={"cells": tuple(kept), "correlation": correlation}), private=None
        )

    def json_text(self) -> str:
        """Return the public part as text; the same record gives the same bytes."""
        return json_text(self.record.model_dump(mode="json", by_alias=True))

    @property
    def digest(self) -> str:
        """SHA-256 of the public part, which its private part names."""
        return digest_of(self.json_text())

    def write(self, path: str | Path, *, private: str | Path | None = None) -> Path:
        """Write the public part as JSON and, where a path is given, the private one as ``.npz``; return the first path.

        Raises
        ------
        OptionError
            If there is no private part, or its path does not end in ``.npz``.
        OutputError
            If a file cannot be written.
        """
        text = self.json_text()
        if private is not None:
            if self.private is None:
                raise OptionError("This baseline has no private part. Create it from a survey, or leave private out.")
            if Path(private).suffix != ".npz":
                raise OptionError(f"The private part is written to a file that ends in .npz; found {Path(private).name!r}.")
            write_private(self.private, Path(private), digest_of(text))
        return write_file(Path(path), text)

    def __repr__(self) -> str:
        return f"Baseline: {self._said()}\n{table_text({**self._shown()})}"

    def _repr_html_(self) -> str:
        return self.estimates._repr_html_()

    def _said(self) -> str:
        record = self.record
        facts = [record.what.indicator_code, record.what.definition_id, record.how.country, record.how.survey, f"{self.year:g}"]
        return "; ".join([*(fact for fact in facts if fact), counted(len(record.cells), "cell")])

    def _shown(self) -> dict[str, Any]:
        columns = self.columns()
        return {
            name: columns[name]
            for name in (*self.record.dimensions, "n", "rate", "rate_se", "rate_ci_low", "rate_ci_high", "withheld")
        }


def read(path: str | Path, *, private: str | Path | None = None) -> Baseline:
    """Read a baseline record, checked against its schema.

    Parameters
    ----------
    path : path
        JSON file written by `Baseline.write`.
    private : path, optional
        Its private part, ``.npz``, for comparisons with rounds that visited the same areas.

    Raises
    ------
    LoadError
        If a file cannot be read, is of another schema version, or does not hold what the schema asks for.

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.baseline.read("no-such.json")
    Traceback (most recent call last):
    prevalence.errors.LoadError: The record 'no-such.json' cannot be read: No such file or directory. Check its path.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
        content = json.loads(text)
    except OSError as error:
        raise LoadError(f"The record {file.name!r} cannot be read: {error.strerror}. Check its path.") from error
    except ValueError as error:
        raise LoadError(f"{file.name} must be a JSON file; it is not: {error}.") from error
    found = content.get("schema") if isinstance(content, dict) else None
    if found != SCHEMA:
        raise LoadError(
            f"{file.name} must be a baseline record with the schema {SCHEMA!r}; found {found!r}. "
            "Create it anew from the survey, or read it with the version that wrote it."
        )
    try:
        record = Record.model_validate_json(text)
    except ValidationError as error:
        raise LoadError(_faults(file.name, error)) from error
    part = None if private is None else read_private(Path(private), digest_of(text))
    return Baseline(record, part)


def digest_of(text: str) -> str:
    """Return the SHA-256 digest of a public part."""
    return hashlib.sha256(text.encode()).hexdigest()


def _faults(name: str, error: ValidationError) -> str:
    found = error.errors(include_url=False)
    told = [
        f"  {'.'.join(map(str, each['loc'])) or 'record'}: {str(each['msg']).removeprefix('Value error, ')}" for each in found[:3]
    ]
    more = [f"  and {len(found) - 3} more"] if len(found) > 3 else []
    return "\n".join([f"{name} has {counted(len(found), 'fault')} by its schema:", *told, *more])


def _array(values: Any) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _round(baseline: Baseline) -> Round:
    record, part = baseline.record, baseline.private
    cells = record.cells
    rates, errors = (_array(getattr(cell.rate, name) for cell in cells) for name in ("estimate", "se"))
    counts = {name: _array(getattr(cell, name) for cell in cells) for name in COUNTS}
    if record.how.weight_scale == "population":
        # Records of before had no sums of weights; of such weights they are the numbers of people.
        counts["weighted"] = np.where(np.isnan(counts["weighted"]), counts["population"], counts["weighted"])
    rule, scores, presence = _scores(baseline, "rates", errors, counts)
    limits = _limits([cell.rate for cell in cells], record.how.ci_method, record.how.ci_level)
    table = Estimates(
        keys=_keys(record),
        numbers=_numbers(rates, errors, counts, limits),
        kind="proportion",
        interval=Interval(limits.method, limits.level),
        sample=Sample(rule, scores, presence, Design(weight="recorded", weight_scale=record.how.weight_scale)),
        provenance=_provenance(record),
        caveats=tuple(cell.withheld for cell in cells) if any(cell.withheld for cell in cells) else (),
        shares=True,
    )
    numbers = people = None
    if any(cell.number is not None for cell in cells):
        figures = [cell.number or Figure() for cell in cells]
        values, spread = (_array(getattr(figure, name) for figure in figures) for name in ("estimate", "se"))
        of_numbers = _limits(figures, record.how.number_ci_method, record.how.ci_level)
        numbers = _as_totals(baseline, table, "numbers", values, spread, counts, of_numbers)
        people = _as_totals(baseline, table, "people", counts["population"], np.full(len(cells), np.nan), counts, None)
    return Round(
        rates=table,
        numbers=numbers,
        people=people,
        labels=part.labels if part else None,
        whole=part is not None,
        crossed=part is not None or record.correlation is not None,
    )


def _limits(figures: Sequence[Figure], method: str, level: float) -> Given:
    low, high = (_array(getattr(figure, side) for figure in figures) for side in ("ci_low", "ci_high"))
    return Given(low, high, method, level)


def _as_totals(
    baseline: Baseline,
    rates: Estimates,
    name: str,
    values: Floats,
    errors: Floats,
    counts: Mapping[str, Floats],
    given: Given | None,
) -> Estimates:
    """Return a table of numbers of people with the labels of the rates, and the limits of the record where it has them."""
    rule, scores, presence = _scores(baseline, name, errors, counts)
    if baseline.private is not None:
        errors = np.sqrt(rule.spread(scores, presence).variance)
    sample = replace(rates.sample, rule=rates.sample.rule, scores=scores, presence=presence)
    keys = tuple(Key.constant(key.name, "total", len(rates)) if key.name == "statistic" else key for key in rates.keys)
    numbers = _numbers(values, errors, counts, given, people=True)
    return replace(
        rates,
        keys=keys,
        numbers=numbers,
        kind="unbounded",
        interval=Interval(given.method if given else default_method("unbounded", numbers.people), rates.interval.level),
        sample=sample,
        shares=False,
    )


def _scores(baseline: Baseline, name: str, errors: Floats, counts: Mapping[str, Floats]) -> tuple[Any, Columns, Columns]:
    """Return rule, scores and presence: of the private part, or of the standard errors alone."""
    part, record = baseline.private, baseline.record
    if part is not None and name in part.scores:
        return part.rule, part.scores[name], part.presence
    rule = Recorded(counts["df"], counts["n_psu"])
    presence = sparse.csc_array(sparse.identity(len(errors), format="csc"))
    if record.correlation is not None and name == "rates":
        lower = np.zeros((len(errors), len(errors)))
        for place, row in enumerate(record.correlation):
            lower[place, : place + 1] = row
        matrix = lower + lower.T - np.diag(np.diag(lower))
        return rule, factor(matrix * np.outer(errors, errors)), presence
    return rule, sparse.csc_array(sparse.diags_array(errors)), presence


def _numbers(estimate: Floats, se: Floats, counts: Mapping[str, Floats], given: Given | None, *, people: bool = False) -> Numbers:
    unknown = np.full(len(estimate), np.nan)
    return Numbers(
        estimate=estimate,
        se=se,
        se_log=unknown,
        borrowed_deff=unknown,
        census=np.zeros(len(estimate), dtype=np.bool_),
        people=np.full(len(estimate), people),
        given=given,
        **{name: counts[name] for name in COUNTS},
    )


def _keys(record: Record) -> tuple[Key, ...]:
    rows = len(record.cells)
    keys = [Key.constant("indicator", record.what.indicator_code, rows), Key.constant("statistic", "prevalence", rows)]
    for name in record.dimensions:
        texts = [cell.levels[name] for cell in record.cells]
        levels = tuple(sorted(dict.fromkeys(texts), key=lambda text: text == ALL))
        place = {level: code for code, level in enumerate(levels)}
        keys.append(Key(name, np.array([place[text] for text in texts], dtype=np.int64), levels, levels))
    return tuple(keys)


def _provenance(record: Record) -> Provenance:
    what = record.what
    definition = Definition(
        indicator=what.indicator_code,
        name=what.definition_id,
        version=what.definition_version,
        title=what.definition_title,
        source=what.definition_source,
        status=what.definition_status,
        options={"unknown": what.missing_rule} if what.missing_rule else {},
    )
    return Provenance(profile=record.proof.profile, definitions={what.indicator_code: definition}, notes=record.proof.notes)
