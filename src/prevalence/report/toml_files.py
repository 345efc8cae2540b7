"""TOML files of this room, checked by pydantic: all faults of a file in one message."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from prevalence.errors import ConfigError, OptionError, counted, listed, suggestion


class TomlTable(BaseModel):
    """A table of a file: unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=TomlTable)


def shipped(folder: str) -> dict[str, Traversable]:
    """Return the TOML files of a folder of this room by the name before the ending."""
    places = files("prevalence.report").joinpath(folder).iterdir()
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


def read(place: Traversable, model: type[M], what: str) -> M:
    """Return the content of a file.

    Raises
    ------
    ConfigError
        If it cannot be read, is not TOML, or has faults; all of them are listed.
    """
    try:
        content = tomllib.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"A {what} must be a readable TOML file; {place.name!r} is not. Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"A {what} must be valid TOML in UTF-8; {place.name!r} is not: {error}.") from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        known = sorted({field for part in _parts(model) for field in part.model_fields})
        lines = [f"  {_fault(fault, known)}" for fault in faults]
        raise ConfigError("\n".join([f"The {what} {place.name!r} has {counted(len(lines), 'fault')}:", *lines])) from error


def _parts(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a model and the models of its tables, whose keys a misspelt one may have meant."""
    yield model
    for field in model.model_fields.values():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from _parts(part)


def _fault(fault: Any, known: list[str]) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{place}: unknown key.{suggestion(str(fault['loc'][-1]), known)}"
    if fault["type"] == "missing":
        return f"{place}: this key is needed and absent."
    message = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{place}: {message}." if place else f"{message}."
