"""The layouts of the files: names, labels, formats and value labels of their columns, read from tables beside this file."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from prevalence.simulate._parameters import COUNTRIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a file.

    Attributes
    ----------
    name, label, format : str
        `format` is an SPSS format (``F2.0``) or a storage type (``int8``, ``int16``, ``float``, ``text``).
    labels : tuple of (code, label)
    missing : tuple of two ints, or empty
        Range of codes declared as user-missing.
    """

    name: str
    label: str
    format: str
    labels: tuple[tuple[int, str], ...]
    missing: tuple[int, ...]


@cache
def layout(name: str) -> tuple[Column, ...]:
    """Return the columns of ``children`` or ``workers`` in the order of the file."""
    text = files(__package__).joinpath(f"{name}_layout.csv").read_text(encoding="utf-8")
    return tuple(
        Column(
            name=row["variable"],
            label=row["label"],
            format=row["format"],
            labels=_labels(row["value_labels"]),
            missing=tuple(int(limit) for limit in row["missing"].split("-") if limit),
        )
        for row in csv.DictReader(text.splitlines())
    )


def _labels(text: str) -> tuple[tuple[int, str], ...]:
    pairs = (item.split("=", 1) for item in text.split("; ") if item)
    return tuple((int(code), label) for code, label in pairs)


def region_codes() -> dict[str, int]:
    """Return the code of each region of the fictional countries, numbered from 1."""
    names = [region for profile in COUNTRIES.values() for region in profile.regions]
    return {name: code for code, name in enumerate(names, start=1)}
