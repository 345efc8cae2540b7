"""SDMX observations as text: written as SDMX-CSV and SDMX-ML, and read again."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prevalence.errors import LoadError, listed
from prevalence.report.exchange._layouts import Layout, layouts
from prevalence.report.exchange._status import CONFIDENTIAL, Origin, observation_status
from prevalence.written import write_file

if TYPE_CHECKING:
    import pandas as pd

STATUS, FLOW = "OBS_STATUS", "DATAFLOW"


@dataclass(frozen=True, slots=True)
class Observations:
    """Rows of a dataflow.

    Attributes
    ----------
    layout : Layout
    dataflow : str
        Such as ``"UNICEF:PT(1.0)"``.
    columns : mapping of name to texts
        ``DATAFLOW`` aside, in the order of the file.
    notes : tuple of str
        What was chosen, and what in the layout is to be verified.
    """

    layout: Layout
    dataflow: str
    columns: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows as a data frame of texts, as the file holds them."""
        import pandas as pd

        return pd.DataFrame({FLOW: [self.dataflow] * len(self), **{name: list(texts) for name, texts in self.columns.items()}})

    def values(self) -> list[float]:
        """Return the observed values as numbers, NaN where there is none."""
        return [float(text) if text else float("nan") for text in self.columns[self.layout.measure]]

    def text(self) -> str:
        """Return the rows as SDMX-CSV 1.0."""
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow([FLOW, *self.columns])
        writer.writerows([self.dataflow, *row] for row in zip(*self.columns.values(), strict=True))
        return buffer.getvalue()

    def to_csv(self, path: str | Path) -> Path:
        """Write the rows as SDMX-CSV 1.0, UTF-8; return the path.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        return write_file(Path(path), self.text())

    def to_xml(self, path: str | Path) -> Path:
        """Write the rows as SDMX-ML 3.0, structure-specific; return the path. Needs the extra ``sdmx``.

        Raises
        ------
        OutputError
            If the extra is not installed or the file cannot be written.
        """
        from prevalence.report.exchange.sdmx_ml import as_xml

        return write_file(Path(path), as_xml(self))


def read_sdmx_csv(path: str | Path, *, origin: Origin = "sdmx") -> Observations:
    r"""Read an SDMX-CSV 1.0 file of one of the layouts.

    Parameters
    ----------
    path : str or path
    origin : {"sdmx", "ilo-microdata"}
        What the status codes mean. In the output of the ILO's microdata code ``S`` marks a withheld cell: it becomes ``Q``, its number is left out, and
        the layout's column of confidentiality, where it has one, says ``C``.

    Raises
    ------
    LoadError
        If the file is not SDMX-CSV, or its dataflow is of no layout.
    OptionError
        If a status code is unknown.

    Examples
    --------
    >>> import tempfile, pathlib, prevalence as pv
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "ilo.csv"
    >>> _ = path.write_text("DATAFLOW,REF_AREA,SEX,OBS_VALUE,OBS_STATUS\nILO:DF_CLD_XCHL_SEX_AGE_RT(1.0),XCC,SEX_F,3.1,S\n")
    >>> pv.report.read_sdmx_csv(path, origin="ilo-microdata").to_pandas()[["OBS_VALUE", "OBS_STATUS"]].values.tolist()
    [['', 'Q']]
    """
    place = Path(path)
    try:
        rows = list(csv.reader(io.StringIO(place.read_text(encoding="utf-8-sig"), newline="")))
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError(f"An SDMX-CSV file must be readable text in UTF-8; {place.name!r} is not. Check the path.") from error
    head, body = (rows[0] if rows else []), rows[1:]
    if not head or head[0] != FLOW or not body or any(len(row) != len(head) for row in body):
        raise LoadError(
            f"An SDMX-CSV 1.0 file has {FLOW} as its first column and rows of one length; {place.name!r} has not "
            f"({len(body)} rows below the head {listed(head)}). Is it of another version?"
        )
    flows = dict.fromkeys(row[0] for row in body)
    known = next((each for each in layouts() if next(iter(flows)).startswith(f"{each.agency}:")), None)
    if len(flows) > 1 or known is None or known.measure not in head:
        agencies = [each.agency for each in layouts()]
        raise LoadError(
            f"{place.name!r} must hold one dataflow of {listed(agencies)} with values; found {listed(flows)}. Split it, or read it by pysdmx."
        )
    columns = {name: tuple(row[position] for row in body) for position, name in enumerate(head) if position}
    return Observations(known, next(iter(flows)), _settled(columns, known, origin))


def _settled(columns: dict[str, tuple[str, ...]], known: Layout, origin: Origin) -> dict[str, tuple[str, ...]]:
    """Return the columns with SDMX's status codes, and without the numbers of cells that have none."""
    if STATUS not in columns:
        return columns
    found = [observation_status(code, origin=origin) for code in columns[STATUS]]
    numeric = [known.measure, known.numbers.low, known.numbers.high]
    kept = {
        name: tuple(text if status.has_value else "" for text, status in zip(columns[name], found, strict=True))
        for name in numeric
        if name in columns
    }
    settled = {**columns, **kept, STATUS: tuple(status.code for status in found)}
    if known.confidentiality in settled:
        before = settled[known.confidentiality]
        settled[known.confidentiality] = tuple(
            CONFIDENTIAL if status.code == "Q" else text for text, status in zip(before, found, strict=True)
        )
    return settled
