"""TOML files of the package and of its users, checked by pydantic: all faults of a file in one message, each with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from prevalence.errors import ConfigError, OptionError, counted, listed, suggestion

Place = tuple[str | int, ...]
"""Keys and positions that lead to a value."""

NAME = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
KEY = re.compile(rf"^\s*({NAME}(?:\s*\.\s*{NAME})*)\s*=")
HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]")


class TomlTable(BaseModel):
    """A table of a file: unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=BaseModel)


def shipped(folder: str) -> dict[str, Traversable]:
    """Return the TOML files of a folder of the package by the name before the ending."""
    places = files("prevalence").joinpath(folder).iterdir()
    found = {place.name.removesuffix(".toml"): place for place in places if place.name.endswith(".toml")}
    return dict(sorted(found.items()))


def place_of(name: str | Path, folder: str, option: str) -> Traversable:
    """Return a shipped file by its name, or a file of the user's own by its path.

    Raises
    ------
    OptionError
        If there is no such file.
    """
    if isinstance(name, Path) or str(name).endswith(".toml"):
        return Path(name)
    known = shipped(folder)
    if name not in known:
        raise OptionError(
            f"{option} must be one of {listed(known, limit=len(known))} or the path of a TOML file; found {name!r}."
            f"{suggestion(str(name), known)}"
        )
    return known[str(name)]


def read(place: Traversable, model: type[M], what: str, *, context: Any = None) -> M:
    """Return the content of a file; `context` is for the validators of the model.

    Raises
    ------
    ConfigError
        If it cannot be read, is not TOML, or has faults; all of them are listed.
    """
    try:
        text = place.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"The {what} {str(place)!r} cannot be read: {error.strerror}. Check its path.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"The {what} {place.name!r} must be UTF-8 text; byte {error.start + 1} is not. Save it as UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The {what} {place.name!r} must be a TOML file; it is not: {error}.") from error
    try:
        return model.model_validate(content, context=context)
    except ValidationError as error:
        raise ConfigError(described(error, text, f"The {what} {place.name!r}", model)) from error


def described(error: ValidationError, text: str, what: str, model: type[BaseModel]) -> str:
    """Return one message for all faults of a TOML text.

    Parameters
    ----------
    error : ValidationError
        Of the model that the text was read into.
    text : str
        The TOML, for the numbers of lines.
    what : str
        What the message begins with, such as ``"Profile 'mine'"``.
    model : type of BaseModel
    """
    lines = lines_of(text)
    told: dict[tuple[int, str], None] = {}
    for fault in error.errors(include_url=False):
        place, models = _walked(model, fault["loc"])
        number = _line_of(place, lines)
        name = ".".join(part for part in place if isinstance(part, str))
        where = ", ".join(filter(None, [f"line {number}" if number else "", name]))
        told[(number, f"  {f'{where}: ' if where else ''}{_explained(fault, models)}")] = None
    said = [line for _, line in sorted(told, key=lambda fault: fault[0])]
    return "\n".join([f"{what} has {counted(len(said), 'fault')}:", *said])


def _explained(fault: Any, models: list[type[BaseModel]]) -> str:
    kind, found = fault["type"], fault.get("input")
    key = str(fault["loc"][-1]) if fault["loc"] else ""
    if kind == "extra_forbidden":
        return f"unknown key {key!r}.{suggestion(key, [name for model in models for name in model.model_fields])}"
    if kind == "missing":
        return f"the key {key!r} is needed and absent."
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        tag = str(fault["ctx"]["discriminator"]).strip("'")
        known = [name for model in models for name in _tags(model, tag)]
        if kind == "union_tag_not_found":
            return f"the key {tag!r} is needed: one of {', '.join(known)}."
        return f"unknown {tag} {found[tag]!r}.{suggestion(str(found[tag]), known)}"
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(fault["ctx"]["expected"]))
        return f"{key} must be one of {listed(allowed, limit=len(allowed))}; found {found!r}.{suggestion(str(found), allowed)}"
    message = str(fault["msg"])
    if kind == "value_error":
        said = message.removeprefix("Value error, ")
        return said if said.endswith((".", "?")) else f"{said}."
    return f"{message[:1].lower()}{message[1:]}; found {found!r}."


def lines_of(text: str) -> dict[Place, int]:
    """Return the line of each table and key; the tables of an array carry their position."""
    found: dict[Place, int] = {}
    arrays: dict[tuple[str, ...], int] = {}
    table: Place = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            names = _names(header.group(2))
            if header.group(1) == "[[":
                arrays[names] = arrays.get(names, -1) + 1
                found.setdefault(_placed(names, arrays)[:-1], number)
            table = _placed(names, arrays)
            found.setdefault(table, number)
        elif key := KEY.match(line):
            found.setdefault((*table, *_names(key.group(1))), number)
    return found


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(NAME, dotted))


def _placed(names: tuple[str, ...], arrays: Mapping[tuple[str, ...], int]) -> Place:
    """Return names as a place: behind each array of tables stands the position of its last table."""
    place: list[str | int] = []
    for depth, name in enumerate(names, start=1):
        place.append(name)
        if names[:depth] in arrays:
            place.append(arrays[names[:depth]])
    return tuple(place)


def _line_of(place: Place, lines: Mapping[Place, int]) -> int:
    """Return the line of a key, or of the innermost table or key around it; 0 if the text has none of them."""
    return next((lines[place[:depth]] for depth in range(len(place), 0, -1) if place[:depth] in lines), 0)


def _walked(model: type[BaseModel], loc: Place) -> tuple[Place, list[type[BaseModel]]]:
    """Return the place as the file writes it, without what pydantic adds for unions, and the models that its last part may be a key of."""
    here: list[Any] = [model]
    place: list[str | int] = []
    for depth, part in enumerate(loc, start=1):
        models = [found for kind in here for found in _models_in(kind)]
        if isinstance(part, int):
            place.append(part)
            continue
        inside = [inner for kind in here for inner in _inside(kind, part)]
        tagged = [found for found in models if part in _tags(found)]
        if inside or depth == len(loc):
            place.append(part)
        if depth == len(loc) and not (inside and all(_models_in(inner) for inner in inside)):
            return tuple(place), models
        here = inside or tagged or here
    return tuple(place), [found for kind in here for found in _models_in(kind)]


def _inside(kind: Any, key: str) -> Iterator[Any]:
    """Yield what stands under a key of an annotation."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if key in kind.model_fields:
            yield kind.model_fields[key].annotation
    elif get_origin(kind) in (dict, Mapping):
        yield get_args(kind)[1]
    elif get_origin(kind) in (Union, UnionType, Annotated, list, tuple):
        for inner in _parts(kind):
            yield from _inside(inner, key)


def _models_in(kind: Any) -> Iterator[type[BaseModel]]:
    """Yield the models of an annotation, those of its items included."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    elif get_origin(kind) not in (dict, Mapping):
        for inner in _parts(kind):
            yield from _models_in(inner)


def _parts(kind: Any) -> tuple[Any, ...]:
    parts = get_args(kind)[:1] if get_origin(kind) is Annotated else get_args(kind)
    return tuple(part for part in parts if part not in (Ellipsis, NoneType) and get_origin(kind) is not Literal)


def _tags(model: type[BaseModel], name: str = "op") -> tuple[str, ...]:
    """Return the values by which a union tells a model from others."""
    field = model.model_fields.get(name)
    return tuple(map(str, get_args(field.annotation))) if field is not None and get_origin(field.annotation) is Literal else ()
