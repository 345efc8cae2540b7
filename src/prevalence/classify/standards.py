"""Definitions of indicators as data: TOML files of this package or of the user, checked field by field."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from prevalence.classify.answers import Operator
from prevalence.errors import DefinitionError, listed, suggestion


class Standard(BaseModel):
    """What every definition states: its names, where it comes from and whether it was checked there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    name: str = Field(min_length=1)
    ids: tuple[str, ...] = ()
    version: str
    title: str
    source: str
    status: Literal["verified", "to be verified"]
    remarks: tuple[str, ...] = ()


class Band(BaseModel):
    """The weekly hours from which children of an age band count; a limb without threshold does not exist."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    age_min: int
    age_max: int
    economic_threshold: float | None = None
    economic_operator: Operator = ">="
    chores_threshold: float | None = None
    chores_operator: Operator = ">="


class ChildLabourStandard(Standard):
    """Parameters of a child labour definition (child-labour scheme: one set for each)."""

    kind: Literal["child-labour"]
    production_boundary: Literal["sna", "general"]
    age_min: int
    age_max: int
    use_hazards: bool = False
    special_hours: Literal["neither", "above"] = "neither"
    bands: tuple[Band, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _bands_cover_the_ages(self) -> ChildLabourStandard:
        covered = [age for band in self.bands for age in range(band.age_min, band.age_max + 1)]
        if covered != list(range(self.age_min, self.age_max + 1)):
            raise ValueError(f"bands must cover the ages {self.age_min} to {self.age_max} once each, in order; found {covered}")
        if self.production_boundary == "sna" and self.uses_chores:
            raise ValueError("production_boundary 'sna' has no chores; remove chores_threshold or choose 'general'")
        return self

    @property
    def uses_chores(self) -> bool:
        """Whether chores alone can make child labour at some age."""
        return any(band.chores_threshold is not None for band in self.bands)


class Item(BaseModel):
    """A question on involuntary work or coercion."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str
    element: Literal["involuntary", "coercion"]
    indicator: str
    status: str
    source: str


class ForcedLabourStandard(Standard):
    """Parameters of a forced labour definition of adults."""

    kind: Literal["forced-labour"]
    age_min: int
    items: tuple[Item, ...] = Field(min_length=1)

    def names(self, element: str) -> tuple[str, ...]:
        """Return the items of ``"involuntary"`` or ``"coercion"``, in order."""
        return tuple(item.item for item in self.items if item.element == element)


S = TypeVar("S", bound=Standard)


@dataclass(frozen=True, slots=True)
class _Read:
    """A definition file before it is checked."""

    place: Traversable
    content: dict[str, Any]


def standards(model: type[S]) -> dict[str, S]:
    """Return the shipped definitions of a kind by public name, in alphabetical order."""
    checked = [_checked(read, model) for read in _shipped() if read.content["kind"] == _kind(model)]
    return {entry.name: entry for entry in checked}


def standard(definition: str | Path, model: type[S]) -> S:
    """Return a definition by its public name, by the id of its standard, or from a TOML file of the user's own.

    Raises
    ------
    DefinitionError
        If no definition has the name, or the file is absent or malformed; all faults of a file are listed.
    """
    if isinstance(definition, Path) or str(definition).endswith(".toml"):
        return _checked(_read(Path(definition)), model)
    shipped = standards(model)
    by_id = {identifier: entry for entry in shipped.values() for identifier in (*entry.ids, entry.name)}
    if definition not in by_id:
        raise DefinitionError(
            f"definition must be one of {listed(shipped, limit=len(shipped))} or the path of a TOML file; found {definition!r}."
            f"{suggestion(definition, by_id)}"
        )
    return by_id[definition]


def data_file(*parts: str) -> Traversable:
    """Return a data file of this room, wherever the package is installed."""
    return files("prevalence.classify").joinpath(*parts)


def _shipped() -> list[_Read]:
    places = sorted(data_file("definitions").iterdir(), key=lambda place: place.name)
    return [_read(place) for place in places if place.name.endswith(".toml")]


def _read(place: Traversable) -> _Read:
    try:
        return _Read(place, tomllib.loads(place.read_text(encoding="utf-8")))
    except OSError as error:
        raise DefinitionError(f"A definition must be a readable TOML file; {place.name!r} is not. Check the path.") from error
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"A definition must be valid TOML; {place.name!r} is not: {error}.") from error


def _checked(read: _Read, model: type[S]) -> S:
    content = dict(read.content)
    if isinstance(content.get("items"), str):
        content["items"] = _items(read.place, content["items"])
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(_fault(fault) for fault in error.errors())
        raise DefinitionError(f"Definition file {read.place.name!r} has faults: {faults}. Correct them.") from error


def _items(place: Traversable, name: str) -> list[dict[str, str]]:
    beside = place.parent / name if isinstance(place, Path) else data_file("definitions", name)
    try:
        return list(csv.DictReader(beside.read_text(encoding="utf-8").splitlines()))
    except OSError as error:
        raise DefinitionError(
            f"Definition file {place.name!r} names the item list {name!r}, which cannot be read beside it. Check the name."
        ) from error


def _fault(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    if fault["type"] != "extra_forbidden":
        return f"{place}: {fault['msg']}" if place else str(fault["msg"])
    known = [field for model in (ChildLabourStandard, Band, ForcedLabourStandard, Item) for field in model.model_fields]
    return f"{place}: no such field.{suggestion(str(fault['loc'][-1]), known)}"


def _kind(model: type[S]) -> str:
    return "child-labour" if model is ChildLabourStandard else "forced-labour"
