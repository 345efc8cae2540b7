"""Definitions of indicators as data: TOML files of this package or of the user, checked field by field."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, Field, ValidationError

from prevalence.errors import DefinitionError, listed, suggestion
from prevalence.toml_files import TomlTable

ReadBeside = Callable[[str], list[dict[str, str]]]
"""Return the rows of a CSV file that lies beside a definition file."""


class Standard(TomlTable):
    """What every definition states: its names, where it comes from and whether it was checked there."""

    kind: str
    name: str = Field(min_length=1)
    ids: tuple[str, ...] = ()
    version: str
    title: str
    source: str
    status: Literal["verified", "to be verified"]
    remarks: tuple[str, ...] = ()

    @classmethod
    def completed(cls, content: dict[str, Any], beside: ReadBeside) -> dict[str, Any]:
        """Return the content of a file in which the names of lists are replaced by what the lists hold."""
        items = content.get("items")
        return {**content, "items": beside(items)} if isinstance(items, str) else content


class Item(TomlTable):
    """A question on involuntary work or coercion."""

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
class Draft:
    """A definition file before it is checked."""

    place: Traversable
    content: dict[str, Any]


def standards(model: type[S]) -> dict[str, S]:
    """Return the shipped definitions of a kind by public name, in alphabetical order."""
    checked_ones = [checked(draft, model) for draft in shipped() if draft.content["kind"] == kind_of(model)]
    return {entry.name: entry for entry in checked_ones}


def standard(definition: str | Path | Standard, model: type[S]) -> S:
    """Return a definition by its public name, by the id of its standard, or from a TOML file of the user's own.

    Raises
    ------
    DefinitionError
        If no definition has the name, or the file is absent or malformed (all faults of a file are listed), or the definition is of
        another kind.
    """
    if isinstance(definition, model):
        return definition
    if isinstance(definition, Standard):
        raise DefinitionError(
            f"A definition of kind {kind_of(model)!r} is needed; {definition.name!r} is one of {definition.kind!r}. Choose another."
        )
    if is_file(definition):
        return checked(read(Path(definition)), model)
    known = standards(model)
    by_id = {identifier: entry for entry in known.values() for identifier in (*entry.ids, entry.name)}
    if definition not in by_id:
        raise DefinitionError(
            f"definition must be one of {listed(known, limit=len(known))} or the path of a TOML file; found {definition!r}."
            f"{suggestion(str(definition), by_id)}"
        )
    return by_id[str(definition)]


def any_standard(definition: str | Path | Standard) -> Standard:
    """Return a definition of any kind: what the file itself says it is.

    Raises
    ------
    DefinitionError
        As `standard`, or if the file states no kind that the package knows.
    """
    if isinstance(definition, Standard):
        return definition
    if is_file(definition):
        draft = read(Path(definition))
        return checked(draft, _model_of(draft))
    drafts = {str(name): draft for draft in shipped() for name in (*draft.content.get("ids", ()), draft.content["name"])}
    if definition not in drafts:
        names = [str(draft.content["name"]) for draft in shipped()]
        raise DefinitionError(
            f"definition must be one of {listed(names, limit=len(names))} or the path of a TOML file; found {definition!r}."
            f"{suggestion(str(definition), drafts)}"
        )
    draft = drafts[str(definition)]
    return checked(draft, _model_of(draft))


def is_file(definition: str | Path) -> bool:
    """Return whether a definition is given as a path."""
    return isinstance(definition, Path) or definition.endswith(".toml")


def data_file(*parts: str) -> Traversable:
    """Return a data file of this room, wherever the package is installed."""
    return files("prevalence.classify").joinpath(*parts)


def rows_of(name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file in the data of this room."""
    return list(csv.DictReader(data_file("data", name).read_text(encoding="utf-8").splitlines()))


def shipped() -> list[Draft]:
    """Return the definition files of the package in the order of their names."""
    places = sorted(data_file("definitions").iterdir(), key=lambda place: place.name)
    return [read(place) for place in places if place.name.endswith(".toml")]


def read(place: Traversable) -> Draft:
    """Return the content of a TOML file, or raise `DefinitionError`."""
    try:
        return Draft(place, tomllib.loads(place.read_text(encoding="utf-8")))
    except OSError as error:
        raise DefinitionError(f"A definition must be a readable TOML file; {place.name!r} is not. Check the path.") from error
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"A definition must be valid TOML; {place.name!r} is not: {error}.") from error


def checked(draft: Draft, model: type[S]) -> S:
    """Return the definition that a file states, or raise `DefinitionError` with all its faults."""
    content = model.completed(dict(draft.content), lambda name: _rows_beside(draft.place, name))
    try:
        return model.model_validate(content)
    except ValidationError as error:
        known = sorted({field for part in _parts(model) for field in part.model_fields})
        faults = "; ".join(_fault(fault, known) for fault in error.errors())
        raise DefinitionError(f"Definition file {draft.place.name!r} has faults: {faults}. Correct them.") from error


def kind_of(model: type[Standard]) -> str:
    """Return the kind that the files of a model state."""
    return next(iter(get_args(model.model_fields["kind"].annotation)), "")


def _model_of(draft: Draft) -> type[Standard]:
    models = {kind_of(model): model for model in _models(Standard) if kind_of(model)}
    kind = str(draft.content.get("kind", ""))
    if kind not in models:
        raise DefinitionError(
            f"kind of definition file {draft.place.name!r} must be one of {listed(models, limit=len(models))}; found {kind!r}."
            f"{suggestion(kind, models)}"
        )
    return models[kind]


def _models(model: type[Standard]) -> Iterator[type[Standard]]:
    """Yield the kinds of definition that this room has: each is a subclass, wherever it is written."""
    for child in model.__subclasses__():
        yield child
        yield from _models(child)


def _rows_beside(place: Traversable, name: str) -> list[dict[str, str]]:
    """Return the rows of a list that lies beside a definition file, or else is shipped under that name."""
    beside = [place.parent / name] if isinstance(place, Path) else []
    for candidate in (*beside, data_file("definitions", name), data_file("data", name)):
        if candidate.is_file():
            return list(csv.DictReader(candidate.read_text(encoding="utf-8").splitlines()))
    raise DefinitionError(
        f"Definition file {place.name!r} names the list {name!r}, which cannot be read beside it. Check the name."
    )


def _parts(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a model and the models of its tables, whose fields a misspelt name may have meant."""
    yield model
    for field in model.model_fields.values():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from _parts(part)


def _fault(fault: Any, known: list[str]) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    if fault["type"] != "extra_forbidden":
        return f"{place}: {fault['msg']}" if place else str(fault["msg"])
    return f"{place}: no such field.{suggestion(str(fault['loc'][-1]), known)}"
