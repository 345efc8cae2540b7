"""Estimates as SDMX observations in the layout of a receiver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from prevalence.errors import OptionError, check_option, listed, suggestion
from prevalence.estimates import ALL, Estimates, Key, key_named
from prevalence.plot.words import interval_of
from prevalence.report.disclosure._published import Published, published
from prevalence.report.exchange._layouts import Layout, Series, layout
from prevalence.report.exchange._observations import Observations
from prevalence.report.exchange._status import CONFIDENTIAL, MISSING, PRECEDENCES, SUPPRESSED, Precedence, check_statuses, chosen
from prevalence.report.reliability._reliability import Reliability
from prevalence.report.reliability.quantities import statistics_of
from prevalence.written import cell_text, settled

PERCENT_DECIMALS = 1
Codes = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What was asked for, checked."""

    estimates: Estimates
    layout: Layout
    series: Series
    name: str
    fixed: Mapping[str, str]
    attributes: Mapping[str, str]
    columns_of: Mapping[str, str]
    codes: Codes
    unit_mult: int
    precedence: Precedence
    statuses: tuple[str, ...]
    differs: bool
    notes: list[str] = field(default_factory=list)

    @property
    def scale(self) -> float:
        """What an estimate is multiplied by to be written."""
        return 100.0 if self.series.kind == "proportion" else float(10.0**-self.unit_mult)


def sdmx(
    estimates: Estimates,
    layout_name: str | Path | Layout,
    *,
    series: str,
    ref_area: str,
    time_period: str,
    dimensions: Mapping[str, str] | None = None,
    codes: Codes | None = None,
    fixed: Mapping[str, str] | None = None,
    attributes: Mapping[str, str] | None = None,
    reasons: Sequence[str] | None = None,
    reliability: Reliability | None = None,
    statuses: Sequence[str] = (),
    precedence: Precedence = "ilo",
    same_definition: bool | None = None,
    unit_mult: int = 0,
) -> Observations:
    """Return estimates as SDMX observations, ready to be written as SDMX-CSV 1.0 or SDMX-ML.

    Parameters
    ----------
    estimates : Estimates
        Proportions for a series of rates, totals for one of numbers; one indicator.
    layout_name : {"ilo", "un-sdg", "unicef"} or path
        Or a TOML file of one's own.
    series : str
        Dataflow (ILO), series (UN SDG) or indicator (UNICEF), such as ``"SL_TLF_CHLDEA"``.
    ref_area, time_period : str
    dimensions : mapping of dimension to column, optional
        Where each dimension of the table goes: ``{"age_group": "AGE"}``. Known already: ``sex``.
    codes : mapping of dimension to mapping of level to code, optional
        ``{"age_group": {"5-11": "Y5T11", "All": "Y5T17"}}``. Known already: those of ``sex``.
    fixed : mapping of column to code, optional
        Dimensions that the table does not have: ``{"AGE": "Y5T17"}``.
    attributes : mapping of column to text, optional
        Further columns, such as ``{"SOURCE": "..."}``.
    reasons : sequence of str, optional
        Why rows are withheld, from `withheld`; by default worked out from this table alone.
    reliability : Reliability, optional
        Of one rule: its status codes ``U`` and ``Q`` are taken over.
    statuses : sequence of str
        Codes that hold for every observation with a value, such as ``["B"]`` or ``["P"]``.
    precedence : {"ilo", "sdmx"}
        Which code is written where several meet: low reliability (ILO) or a break of the series (SDMX) first. The others go into the note of the cell.
    same_definition : bool, optional
        Whether the definition is that of the series; by default known from the definition of the indicator. If not, no observation has status ``A``.
    unit_mult : int
        Numbers are written in units of ten to this power.

    Returns
    -------
    Observations
        Rates in percent. A withheld cell has status ``Q``, confidentiality ``C`` and no number.

    Raises
    ------
    OptionError
        If an option is unknown, a level has no code, a dimension has no column, or two rows would have the same key.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": 1.0, "sex": ["Female", "Male"] * 60, "child_labour": ([0.0] * 4 + [1.0]) * 24})
    >>> table = pv.prevalence(pv.Survey(rows, pv.Design(weight="w")), "child_labour", by="sex")
    >>> made = pv.report.sdmx(table, "un-sdg", series="SL_TLF_CHLDEA", ref_area="XCC", time_period="2024", fixed={"AGE": "Y5T17"})
    >>> made.to_pandas()[["SEX", "OBS_VALUE", "OBS_STATUS", "UNIT_MEASURE"]]
      SEX OBS_VALUE OBS_STATUS UNIT_MEASURE
    0   F        20          D           PT
    1   M        20          D           PT
    """
    check_option("precedence", precedence, PRECEDENCES)
    target = layout(layout_name)
    known = target.series_named(series)
    asked = _Request(
        estimates=estimates,
        layout=target,
        series=known,
        name=series,
        fixed={"REF_AREA": ref_area, "TIME_PERIOD": time_period, **(fixed or {})},
        attributes=dict(attributes or {}),
        columns_of={**target.columns_of, **(dimensions or {})},
        codes={**target.codes, **(codes or {})},
        unit_mult=unit_mult,
        precedence=precedence,
        statuses=check_statuses(statuses),
        differs=not (_same(estimates, known) if same_definition is None else same_definition),
    )
    _check(asked)
    columns = {**_dimensions(asked), **_values(asked, published(estimates, reasons), reliability)}
    return Observations(target, _dataflow(asked), _ordered(asked, columns), tuple(asked.notes))


def _same(estimates: Estimates, series: Series) -> bool:
    indicator = key_named(estimates.keys, "indicator")
    definition = estimates.provenance.definitions.get(indicator.texts()[0])
    return definition is not None and definition.name in series.definitions


def _dataflow(asked: _Request) -> str:
    flow = asked.layout.dataflow or asked.name
    return f"{asked.layout.agency}:{flow}({asked.layout.version})"


def _check(asked: _Request) -> None:
    kinds = set(statistics_of(asked.estimates))
    if not len(asked.estimates) or kinds != {asked.series.kind}:
        raise OptionError(
            f"series {asked.name!r} is of kind {asked.series.kind!r}; the table holds {listed(sorted(kinds), limit=5) or 'no rows'}. "
            "Make it with pv.prevalence for a rate and pv.total for a number."
        )
    indicators = dict.fromkeys(key_named(asked.estimates.keys, "indicator").texts())
    if len(indicators) > 1:
        raise OptionError(f"A series has one indicator; the table holds {listed(indicators)}. Choose one with select().")
    given = {**asked.fixed, **asked.attributes, **dict.fromkeys(asked.columns_of.values(), "")}
    unknown = [name for name in given if name not in asked.layout.columns]
    if unknown:
        raise OptionError(
            f"Columns must be those of the layout {asked.layout.name!r}; it has no {listed(unknown)}.{suggestion(unknown[0], asked.layout.columns)} "
            "What a dataflow lacks is not folded into another code."
        )
    _check_given(asked)


def _check_given(asked: _Request) -> None:
    """Refuse codes and texts that would be dropped, or would take the place of what is worked out here."""
    layout, numbers = asked.layout, asked.layout.numbers
    computed = {layout.measure, "OBS_STATUS", layout.confidentiality, layout.cell_note, layout.series_is}
    computed |= {numbers.low, numbers.high, numbers.n, numbers.weighted, numbers.population, numbers.multiplier, numbers.decimals}
    ours = [name for name in (*asked.attributes, *asked.fixed) if name in computed]
    if ours:
        raise OptionError(
            f"{listed(ours)} {'is' if len(ours) == 1 else 'are'} worked out from the table and cannot be given. "
            f"Leave {'it' if len(ours) == 1 else 'them'} out; unit_mult=, statuses= and reliability= say what numbers are written in and how good they are."
        )
    places = [name for name in asked.attributes if name in layout.dimensions]
    if places:
        raise OptionError(
            f"attributes are columns that are no dimension; found {listed(places)}. Give {places[0]!r} with fixed=."
        )
    texts = [name for name in asked.fixed if name not in layout.dimensions]
    if texts:
        raise OptionError(
            f"fixed takes dimensions of {layout.name!r}; found {listed(texts)}.{suggestion(texts[0], layout.dimensions)} "
            f"Give {texts[0]!r} with attributes=."
        )


def _dimensions(asked: _Request) -> dict[str, list[str]]:
    """Return the code of each row in each dimension of the layout."""
    rows = len(asked.estimates)
    found = {asked.columns_of.get(key.name, key.name): key for key in asked.estimates.keys if _tells(key)}
    homeless = [key.name for column, key in found.items() if column not in asked.layout.dimensions]
    if homeless:
        raise OptionError(
            f"Each dimension of the table needs a column of {asked.layout.name!r}: dimensions={{{homeless[0]!r}: '...'}}; "
            f"{listed(homeless)} {'has' if len(homeless) == 1 else 'have'} none. Its dimensions are {listed(asked.layout.dimensions, limit=20)}; what they "
            "cannot hold must be left out with select()."
        )
    names = {asked.layout.series_is: asked.name}
    columns: dict[str, list[str]] = {}
    absent = []
    for column in asked.layout.dimensions:
        if column in found:
            columns[column] = _coded(asked, found[column])
            continue
        code = names.get(column) or asked.fixed.get(column) or asked.layout.defaults.get(column, "")
        if not code and column not in asked.layout.optional:
            absent.append(column)
        columns[column] = [code] * rows
    if absent:
        raise OptionError(
            f"Every dimension of {asked.layout.name!r} needs a code; {listed(absent, limit=9)} {'has' if len(absent) == 1 else 'have'} none. "
            f"Give it: fixed={{{absent[0]!r}: '...'}}, or name the dimension of the table that it is."
        )
    _check_codes(asked, columns)
    return columns


def _tells(key: Key) -> bool:
    """Return whether a key must be written: all but indicator and statistic, and margins that hold nothing else."""
    return key.name not in ("indicator", "statistic") and set(key.texts()) != {ALL}


def _coded(asked: _Request, key: Key) -> list[str]:
    codes = asked.codes.get(key.name, {})
    lacking = [text for text in dict.fromkeys(key.texts()) if not codes.get(text)]
    if lacking:
        raise OptionError(
            f"Every level of {key.name!r} needs a code of {asked.layout.name!r}; {listed(lacking)} {'has' if len(lacking) == 1 else 'have'} none. "
            f"Give it: codes={{{key.name!r}: {{{lacking[0]!r}: '...'}}}}."
        )
    return [codes[text] for text in key.texts()]


def _check_codes(asked: _Request, columns: Mapping[str, list[str]]) -> None:
    for column, allowed in asked.layout.allowed.items():
        wrong = sorted(set(columns.get(column, [])) - set(allowed))
        if wrong:
            raise OptionError(
                f"{column} of {asked.layout.name!r} takes {listed(allowed, limit=9)}; found {listed(wrong)}. Choose another layout."
            )
    keys = list(zip(*columns.values(), strict=True))
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise OptionError(
            f"No two rows may have the same codes; found {'.'.join(twice)} twice. Give each level a code of its own."
        )


def _values(asked: _Request, shown: Published, reliability: Reliability | None) -> dict[str, list[str]]:
    """Return numbers, status, notes and attributes of each row."""
    layout, numbers, rows = asked.layout, asked.layout.numbers, len(asked.estimates)
    found = shown.estimates.columns()
    statuses, left = _statuses(asked, shown, reliability)
    hidden = np.array([status == SUPPRESSED for status in statuses])
    values = {
        name: asked.scale * found[column]
        for name, column in ((layout.measure, "estimate"), (numbers.low, "ci_low"), (numbers.high, "ci_high"))
    }
    counts = {"n": numbers.n, "weighted": numbers.weighted, "population": numbers.population}
    values |= {column: found[name] for name, column in counts.items() if column}
    texts = {name: list(map(cell_text, settled(np.where(hidden, np.nan, value)))) for name, value in values.items()}
    unit = asked.attributes.get("UNIT_MEASURE") or layout.units.get(asked.series.kind, "")
    if not unit:
        raise OptionError(
            f"The unit of numbers is not known for {layout.name!r}: give it with attributes={{'UNIT_MEASURE': '...'}}."
        )
    constant = {
        "UNIT_MEASURE": unit,
        numbers.multiplier: "0" if asked.series.kind == "proportion" else str(asked.unit_mult),
        numbers.decimals: str(PERCENT_DECIMALS if asked.series.kind == "proportion" else 0),
        layout.note: _note(asked),
        **asked.attributes,
    }
    confidential = [CONFIDENTIAL if status == SUPPRESSED else "" for status in statuses]
    notes = ["; ".join(filter(None, [_secret(layout, status), *more])) for status, more in zip(statuses, left, strict=True)]
    return {
        **{name: [text] * rows for name, text in constant.items()},
        **texts,
        "OBS_STATUS": statuses,
        layout.confidentiality: confidential,
        layout.cell_note: notes,
    }


def _secret(layout: Layout, status: str) -> str:
    return "confidential" if status == SUPPRESSED and not layout.confidentiality else ""


def _statuses(asked: _Request, shown: Published, reliability: Reliability | None) -> tuple[list[str], list[list[str]]]:
    """Return the status of each row, and the notes on those that gave way."""
    judged = _judged(reliability, len(asked.estimates))
    everywhere = (*asked.statuses, *("D" if asked.differs else ""))
    written, notes = [], []
    for value, hidden, code in zip(asked.estimates.numbers.estimate.tolist(), shown.hidden.tolist(), judged, strict=True):
        withheld = SUPPRESSED if hidden else MISSING if not np.isfinite(value) else code
        status, left = chosen([each for each in (*everywhere, withheld) if each != "A"], asked.precedence, asked.layout.joined)
        written.append(status)
        notes.append([f"also {each}" for each in left])
    asked.notes.extend(
        [f"Where several status codes meet, precedence is {asked.precedence!r}; the others are in {asked.layout.cell_note}."]
        + (["The definition is not known to be that of the series: status D, never A."] if asked.differs else [])
        + list(asked.layout.remarks)
    )
    return written, notes


def _judged(reliability: Reliability | None, rows: int) -> Sequence[str]:
    if reliability is None:
        return ["A"] * rows
    if len(reliability.verdicts) != 1 or len(reliability.verdicts[0].statuses) != rows:
        raise OptionError(
            f"reliability must be of one rule and of these {rows} rows; found {len(reliability.verdicts)} rules and "
            f"{len(reliability.estimates)} rows. Make it with pv.report.reliability(estimates, rule=...)."
        )
    return reliability.verdicts[0].statuses


def _note(asked: _Request) -> str:
    indicator = key_named(asked.estimates.keys, "indicator").texts()[0]
    definition = asked.estimates.provenance.definitions.get(indicator)
    said = f"Definition: {definition.name}, {definition.version}, {definition.title}" if definition else ""
    return "; ".join(filter(None, [said, f"Bounds: {interval_of(asked.estimates)}"]))


def _ordered(asked: _Request, columns: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Return the columns of the layout in order; optional ones that hold nothing are left out."""
    rows = len(asked.estimates)
    complete = {name: tuple(columns.get(name, [""] * rows)) for name in asked.layout.columns}
    return {name: texts for name, texts in complete.items() if name not in asked.layout.optional or any(texts)}
