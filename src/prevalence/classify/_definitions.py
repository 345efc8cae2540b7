"""The definitions that the package ships: listed, read, varied, and copied into a file of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prevalence.classify.children._national_definition import NationalStandard, national_definition
from prevalence.classify.children.hazards import HazardCode, IscoRevision, IsicRevision, hazard_codes
from prevalence.classify.children.standards import ChildLabourStandard
from prevalence.classify.standards import Standard, any_standard, is_file, rows_of, shipped, standard
from prevalence.errors import DefinitionError, OutputError, check_option
from prevalence.written import write_file

DRAFT = "draft"
DRAFT_SCHEME = "ILO_GE_occupations_DRAFT"
NATIONAL = "national:"


@dataclass(frozen=True, slots=True)
class Listed:
    """A shipped definition: what it is called, counts and cites, and whether it was checked against its source.

    Attributes
    ----------
    name, kind, version, title, status, source : str
        ``status`` is ``"verified"`` or ``"to be verified"``.
    ids : tuple of str
        Other names that are accepted.
    remarks : tuple of str
        What in it is open or to be verified.
    """

    name: str
    kind: str
    version: str
    title: str
    status: str
    source: str
    ids: tuple[str, ...]
    remarks: tuple[str, ...]


def definitions(kind: str | None = None) -> tuple[Listed, ...]:
    """Return the shipped definitions, in the order of their names.

    Parameters
    ----------
    kind : str, optional
        Beginning of the kind: ``"child-labour"`` or ``"forced-labour"``; all, if it is not given.

    Examples
    --------
    >>> import prevalence as pv
    >>> [entry.name for entry in pv.classify.definitions("child-labour") if entry.status == "verified"]
    ['mics5', 'mics6', 'mics6-2017', 'sdg-8.7.1', 'sdg-8.7.1-general']
    """
    contents = [draft.content for draft in shipped()]
    found = [
        Listed(
            **{key: str(content[key]) for key in ("name", "kind", "version", "title", "status", "source")},
            ids=tuple(content.get("ids", ())),
            remarks=tuple(content.get("remarks", ())),
        )
        for content in contents
    ]
    kinds = sorted({entry.kind for entry in found})
    if kind is not None and not any(each.startswith(kind) for each in kinds):
        check_option("kind", kind, kinds)
    return tuple(sorted((e for e in found if e.kind.startswith(kind or "")), key=lambda entry: entry.name))


def read_definition(definition: str | Path | Standard) -> Standard:
    """Return a definition with all its parameters.

    Parameters
    ----------
    definition : str or path
        Public name, id of its standard, ``"national:<country>"`` or a TOML file.

    Raises
    ------
    DefinitionError
        If there is no such definition, or the file has faults; all are listed.

    Examples
    --------
    >>> import prevalence as pv
    >>> [(band.label, band.chores_threshold) for band in pv.classify.read_definition("mics5").bands]
    [('5-11', 28.0), ('12-14', 28.0), ('15-17', 43.0)]
    """
    country = _country(definition)
    return any_standard(definition) if country is None else national_definition(country)


def child_labour_rule(definition: str | Path | Standard) -> ChildLabourStandard:
    """Return a definition of child labour given by name, path or as itself; one of national law becomes its age bands.

    Raises
    ------
    DefinitionError
        If there is none, it has faults, is of another kind, or is ``"national"`` without a country.
    """
    country = _country(definition)
    if country is not None:
        return national_definition(country)
    if isinstance(definition, NationalStandard):
        return definition.child_labour()
    if isinstance(definition, Standard):
        return standard(definition, ChildLabourStandard)
    if is_file(definition):
        read = any_standard(definition)
        return read.child_labour() if isinstance(read, NationalStandard) else standard(read, ChildLabourStandard)
    if definition == "national":
        raise DefinitionError(
            "Definition 'national' needs the law of a country. Use definition='national:GHA' (ISO3 code; see pv.countries), "
            "national_definition(minimum_age=..., hazardous_age=...), or a TOML file: copy_definition('national', ...)."
        )
    return standard(definition, ChildLabourStandard)


def with_hazards(
    definition: str | Path | Standard,
    *,
    isic: IsicRevision | None = None,
    isco: IscoRevision | None = None,
    occupations: str | None = None,
    conditions: Sequence[str] | None = None,
) -> ChildLabourStandard:
    """Return a definition of child labour that reads hazardous work in another way.

    Parameters
    ----------
    definition : str, path or definition
    isic : {"4", "3.1"}, optional
        Revision in which industries are coded. Section B of ISIC Rev.3.1 is fishing; mining is C there.
    isco : {"08", "88"}, optional
        Revision in which occupations are coded. Group 711 is miners in ISCO-88 and building frame workers in ISCO-08.
    occupations : {"draft"}, optional
        Add a draft list of hazardous occupations. It is **not** the ILO's (status ``unverified-do-not-ship-as-ILO``): the definition
        gets another name and may not be cited as the ILO's.
    conditions : sequence of str, optional
        0/1/null columns in place of the eight ``hazard_*`` items.

    Raises
    ------
    DefinitionError
        If the definition is unknown or counts no hazardous work.
    OptionError
        If an option has a value that it does not know.

    Examples
    --------
    >>> import prevalence as pv
    >>> rule = pv.classify.with_hazards("ilo-global-estimates", isic="3.1")
    >>> [code.code for code in rule.hazards.codes_in("isic")]
    ['10-14', '45']
    """
    rule = child_labour_rule(definition)
    if not rule.use_hazards:
        raise DefinitionError(
            f"Definition {rule.name!r} counts no hazardous work, so its signs cannot be varied. Choose another."
        )
    changes: dict[str, Any] = {}
    for option, value, known in (("isic", isic, ("4", "3.1")), ("isco", isco, ("08", "88"))):
        if value is not None:
            check_option(option, value, known)
            changes[option] = value
    if conditions is not None:
        changes["conditions"] = tuple(conditions)
    if occupations is None:
        return rule.model_copy(update={"hazards": rule.hazards.model_copy(update=changes)})
    check_option("occupations", occupations, (DRAFT,))
    draft = tuple(HazardCode(**row) for row in hazard_codes(rows_of("hazardous.csv"), (DRAFT_SCHEME,)))
    hazards = rule.hazards.model_copy(update={**changes, "codes": (*rule.hazards.codes, *draft)})
    return rule.model_copy(update={"hazards": hazards, **_as_draft(rule)})


def copy_definition(definition: str | Path | Standard, path: str | Path) -> Path:
    """Write a definition as a TOML file to be changed: a threshold, an operator, an age band, a list of hazards.

    The copy is named after its file and marked "to be verified": it is no longer the standard's. Lists stand in it in full.

    Parameters
    ----------
    definition : str, path or definition
        What `read_definition` takes, or what `with_hazards` and `national_definition` return.
    path : str or path
        A file that does not yet exist, with the ending ``.toml``.

    Returns
    -------
    Path
        Of the file, for ``definition=``.

    Raises
    ------
    OutputError
        If the file exists, its name does not end in ``.toml``, or it cannot be written.
    DefinitionError
        If there is no such definition.

    Examples
    --------
    >>> import tempfile, prevalence as pv
    >>> path = pv.classify.copy_definition("sdg-8.7.1", tempfile.mkdtemp() + "/strict.toml")
    >>> text = path.read_text().replace("economic_threshold = 43", "economic_threshold = 36")
    >>> _ = path.write_text(text)
    >>> pv.classify.read_definition(path).bands[2].economic_threshold
    36.0
    """
    read, target = read_definition(definition), Path(path)
    if target.suffix != ".toml" or target.exists():
        raise OutputError(
            f"A definition is written to a new file with the ending .toml; {target.name!r} "
            f"{'exists' if target.exists() else 'has another ending'}. Choose another name."
        )
    content = read.model_dump(exclude_none=True) | {"name": target.stem, "status": "to be verified"}
    content.pop("ids", None)
    head = f"# Copied from {read.name!r} ({read.version}; {read.status}). Say in title, version and source what you change.\n"
    return write_file(target, head + "\n".join(_toml(content)) + "\n")


def _country(definition: str | Path | Standard) -> str | None:
    named = isinstance(definition, str) and definition.startswith(NATIONAL)
    return str(definition).removeprefix(NATIONAL).strip() if named else None


def _as_draft(rule: ChildLabourStandard) -> dict[str, Any]:
    return {
        "name": f"{rule.name}+draft-occupations",
        "ids": (),
        "title": f"{rule.title}; with a draft list of hazardous occupations",
        "status": "to be verified",
        "remarks": (
            *rule.remarks,
            "The list of hazardous occupations is a draft (status unverified-do-not-ship-as-ILO): do not cite the result as the ILO's.",
        ),
    }


def _toml(content: Mapping[str, Any], table: str = "") -> Iterator[str]:
    """Yield the lines of a TOML table: plain values, then tables, then lists of tables."""
    tables = {key: value for key, value in content.items() if isinstance(value, Mapping)}
    lists = {key: value for key, value in content.items() if _is_list_of_tables(value)}
    for key, value in content.items():
        if key not in tables and key not in lists and value is not None:
            yield f"{key} = {_toml_value(value)}"
    for key, value in tables.items():
        yield f"\n[{table}{key}]"
        yield from _toml(value, f"{table}{key}.")
    for key, values in lists.items():
        for value in values:
            yield f"\n[[{table}{key}]]"
            yield from _toml(value, f"{table}{key}.")


def _is_list_of_tables(value: object) -> bool:
    return isinstance(value, tuple | list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _toml_value(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"[{', '.join(_toml_value(each) for each in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)
