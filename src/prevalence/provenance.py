"""Where data and numbers come from: plain frozen records that travel from file to footnote."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import metadata
from typing import Any

PACKAGES = ("prevalence", "numpy", "scipy", "pandas", "pyarrow", "narwhals", "pyreadstat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What a column means.

    Attributes
    ----------
    label : str
        Text for display, ``""`` if unknown.
    levels : mapping of value to label
        The values that the column may hold, in display order. Canonical columns hold levels, so key and
        label are the same text there; source columns keep their codes as keys. Empty if not categorical.
    missing : mapping of code to reason
        Codes of the source that mean "no answer", with the reason: ``{98: "do not know"}``.
    """

    label: str = ""
    levels: Mapping[Any, str] = field(default_factory=dict)
    missing: Mapping[Any, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Codebook:
    """The variables of a survey by column name."""

    variables: Mapping[str, Variable] = field(default_factory=dict)

    def label(self, name: str) -> str:
        """Return the label of a column, or its name where it has none."""
        variable = self.variables.get(name)
        return variable.label if variable is not None and variable.label else name

    def levels(self, name: str) -> Mapping[Any, str]:
        """Return value -> label in display order, empty for a column without levels."""
        variable = self.variables.get(name)
        return variable.levels if variable is not None else {}

    def with_variables(self, variables: Mapping[str, Variable]) -> Codebook:
        """Return a codebook in which `variables` are added or replaced."""
        return Codebook({**self.variables, **variables})


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """The rule by which an indicator was made; it goes into every result and footnote.

    Attributes
    ----------
    indicator : str
        Column that the rule made, such as ``"child_labour"``.
    name, version, title : str
        Name of the standard (``"sdg-8.7.1"``), version or date of its text, and a sentence that says what it counts.
    source : str
        Document that the rule was taken from.
    status : {"verified", "to be verified"}
        Whether the rule was checked against the document named in `source`.
    options : mapping of str to str
        Choices made by the user, such as ``{"unknown": "official"}``.
    """

    indicator: str
    name: str
    version: str
    title: str
    source: str
    status: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that was read: its name (never its folder), SHA-256 digest and number of rows."""

    name: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Rows or persons that a step touched: dropped, repaired, set to missing, with the reason."""

    step: str
    rows: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """All that is needed to say how a number was made.

    Attributes
    ----------
    sources : tuple of Source
    profile : str
        Name of the loading profile, ``""`` if the data were not loaded by one.
    definitions : mapping of indicator to Definition
    counts : tuple of Count
        What was dropped or changed, in the order in which it happened.
    notes : tuple of str
        Sentences for the reader: fallbacks taken, exposures, caveats.
    """

    sources: tuple[Source, ...] = ()
    profile: str = ""
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    counts: tuple[Count, ...] = ()
    notes: tuple[str, ...] = ()

    def add(
        self,
        *,
        definitions: Mapping[str, Definition] | None = None,
        counts: tuple[Count, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> Provenance:
        """Return a provenance that has grown by what a step did; what was said before is not said twice."""
        return replace(
            self,
            definitions={**self.definitions, **(definitions or {})},
            counts=self.counts + tuple(count for count in counts if count not in self.counts),
            notes=self.notes + tuple(note for note in notes if note not in self.notes),
        )


def software() -> dict[str, str]:
    """Return the versions of Python and of the packages that numbers depend on."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return versions
