"""The layouts of SDMX files as data: columns, codes and series of each receiver."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from prevalence.errors import OptionError, listed, suggestion
from prevalence.report.reliability._rules import Status
from prevalence.toml_files import TomlTable, place_of, read, shipped

FOLDER = "report/exchange/layouts"
Kind = Literal["proportion", "total"]


class Series(TomlTable):
    """A series that the receiver knows.

    Attributes
    ----------
    id : str
        ``*`` stands for any characters.
    title : str
    kind : {"proportion", "total"}
    definitions : tuple of str
        Definitions of this package that are the series' own; all others differ.
    superseded : str
        What has taken the place of an older id, which is only read.
    status : str
    """

    id: str
    title: str
    kind: Kind
    definitions: tuple[str, ...] = ()
    superseded: str = ""
    status: Status


class Numbers(TomlTable):
    """Columns that hold numbers and words of the estimates, empty where there is none."""

    low: str
    high: str
    n: str = ""
    weighted: str = ""
    population: str = ""
    multiplier: str = "UNIT_MULT"
    decimals: str = "DECIMALS"


class Layout(TomlTable):
    """How a receiver wants its rows.

    Attributes
    ----------
    name, title, agency, version, source, status, remarks
    dataflow : str
        Empty where the series is a dataflow of its own.
    series_is : str
        Column of the series, or ``DATAFLOW``.
    measure : str
        Column of the value.
    columns : tuple of str
        In the order of the file, ``DATAFLOW`` aside.
    dimensions : tuple of str
        Those columns that tell rows apart.
    optional : tuple of str
        Columns that are left out where nothing is in them.
    defaults : mapping of column to code
        Codes of dimensions that a table does not have.
    columns_of : mapping of dimension of the table to column
    codes : mapping of dimension of the table to mapping of level to code
    allowed : mapping of column to codes
        Columns that take no other code.
    note, cell_note : str
        Columns of notes on the whole and on a cell.
    confidentiality : str
        Column of the confidentiality, empty if there is none.
    joined : mapping
        Two status codes to the one that says both.
    numbers : Numbers
    units : mapping of kind to code
    series : tuple of Series
    """

    name: str
    title: str
    agency: str
    version: str
    source: str
    status: Status
    remarks: tuple[str, ...] = ()
    dataflow: str = ""
    series_is: str
    measure: str
    note: str
    cell_note: str
    confidentiality: str = ""
    joined: dict[str, str] = Field(default_factory=dict)
    columns: tuple[str, ...]
    dimensions: tuple[str, ...]
    optional: tuple[str, ...] = ()
    defaults: dict[str, str] = Field(default_factory=dict)
    columns_of: dict[str, str] = Field(default_factory=dict)
    codes: dict[str, dict[str, str]] = Field(default_factory=dict)
    allowed: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    numbers: Numbers
    units: dict[str, str]
    series: tuple[Series, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        named = {
            *self.dimensions,
            *self.optional,
            *self.defaults,
            *self.columns_of.values(),
            *self.allowed,
            self.measure,
            self.note,
            self.cell_note,
        }
        unknown = sorted(named - {*self.columns, ""})
        if unknown:
            raise ValueError(f"{unknown[0]!r} is not one of the columns.{suggestion(unknown[0], self.columns)}")
        return self

    def series_named(self, name: str) -> Series:
        """Return a series that may be written.

        Raises
        ------
        OptionError
            If the receiver does not know it, or it is superseded.
        """
        found = next((series for series in self.series if fnmatchcase(name, series.id)), None)
        writable = [series.id for series in self.series if not series.superseded]
        if found is None:
            raise OptionError(
                f"series of {self.name!r} must be one of {listed(writable, limit=9)}; found {name!r}.{suggestion(name, writable)}"
            )
        if found.superseded:
            raise OptionError(f"series {name!r} is superseded: it is read but not written. Take {found.superseded}.")
        return found


def layout(name: str | Path | Layout) -> Layout:
    """Return a layout by its name, or from a TOML file of one's own.

    Raises
    ------
    OptionError
        If no layout has the name.
    ConfigError
        If the file cannot be read or has faults.
    """
    if isinstance(name, Layout):
        return name
    return read(place_of(name, FOLDER, "layout"), Layout, "SDMX layout")


def layouts() -> tuple[Layout, ...]:
    """Return the shipped layouts: ILO, UN SDG and UNICEF.

    Examples
    --------
    >>> import prevalence as pv
    >>> [layout.name for layout in pv.report.layouts()]
    ['ilo', 'un-sdg', 'unicef']
    """
    return tuple(layout(name) for name in shipped(FOLDER))
