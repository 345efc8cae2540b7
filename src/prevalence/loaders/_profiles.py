"""Finds profiles: shipped ones by name, a user's by path; merges what they extend and lists every fault."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from prevalence.errors import ConfigError, LoadError, listed, suggestion
from prevalence.loaders.schema import OPERATIONS, Profile
from prevalence.toml_files import described

MERGED_TABLES = ("file", "join", "design", "prepare", "keep", "fallback", "variables")

SEVERAL_COLUMNS = frozenset(
    operation.model_fields["op"].annotation.__args__[0]
    for operation in OPERATIONS
    if "columns" in operation.model_fields and operation.model_fields["op"].annotation
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileTitle:
    """A shipped profile: its name and one line on what it reads."""

    name: str
    title: str


def profiles() -> tuple[ProfileTitle, ...]:
    """Return the shipped profiles, sorted by name.

    Examples
    --------
    >>> [profile.name for profile in profiles()][:4]
    ['cocoa', 'dhs-household', 'dhs-men', 'dhs-persons']
    """
    titles = {name: _parsed(_shipped_text(name), name).get("title", "") for name in _shipped_names()}
    return tuple(ProfileTitle(name=name, title=str(title)) for name, title in titles.items())


def read_profile(profile: str | Path | Profile) -> Profile:
    """Return a profile, merged with what it extends and checked.

    Parameters
    ----------
    profile : str, path or Profile
        Name of a shipped profile, or path of a TOML file (its name ends in ``.toml``).

    Raises
    ------
    LoadError
        If there is no such profile.
    ConfigError
        If the file is no valid profile; the message lists all faults with their lines.

    Examples
    --------
    >>> read_profile("mics6").design.weight
    'fsweight'
    """
    if isinstance(profile, Profile):
        return profile
    text, name, folder = _source(str(profile), Path())
    own = _completed(_parsed(text, name), name, folder)
    content = _merged(own, folder, (name,))
    content.setdefault("name", name)
    try:
        return Profile.model_validate(content)
    except ValidationError as error:
        raise ConfigError(described(error, text, f"Profile {name!r}", Profile)) from error


def _source(profile: str, folder: Path) -> tuple[str, str, Path]:
    """Return the text of a profile, its name and the folder that its own paths start from."""
    if not profile.endswith(".toml"):
        return _shipped_text(profile), profile, folder
    path = folder / profile
    try:
        return path.read_text(encoding="utf-8"), path.stem, path.parent
    except OSError as error:
        raise LoadError(f"Profile file {profile!r} cannot be read: {error.strerror}. Check its path.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"Profile file {profile!r} must be UTF-8 text; byte {error.start + 1} is not. Save it as UTF-8."
        ) from error


def _shipped_names() -> tuple[str, ...]:
    folder = resources.files("prevalence.loaders") / "shipped"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def _shipped_text(name: str) -> str:
    known = _shipped_names()
    if name not in known:
        raise LoadError(
            f"There is no shipped profile {name!r}; shipped are {listed(known, limit=len(known))}.{suggestion(name, known)} "
            "A profile of one's own is named by the path of its .toml file."
        )
    return (resources.files("prevalence.loaders") / "shipped" / f"{name}.toml").read_text(encoding="utf-8")


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"Profile {name!r} is not valid TOML: {error}.") from error


def _merged(own: Mapping[str, Any], folder: Path, seen: tuple[str, ...]) -> dict[str, Any]:
    """Return a profile's content laid over what it extends: tables key by key, everything else replaced."""
    parent = own.get("extends")
    if not isinstance(parent, str):
        return dict(own)
    text, name, parent_folder = _source(parent, folder)
    if name in seen:
        raise ConfigError(f"Profiles must not extend each other in a circle; found {' > '.join((*seen, name))}.")
    base = _merged(_completed(_parsed(text, name), name, parent_folder), parent_folder, (*seen, name))
    base.pop("name", None)
    merged = {**base, **own}
    for table in MERGED_TABLES:
        if isinstance(base.get(table), dict) and isinstance(own.get(table), dict):
            merged[table] = {**base[table], **own[table]}
    if isinstance(base.get("notes"), list) and isinstance(own.get("notes"), list):
        merged["notes"] = [*base["notes"], *own["notes"]]
    return merged


def _completed(content: dict[str, Any], name: str, folder: Path) -> dict[str, Any]:
    """Return a profile's content with `[each]` written out as variables and the path of the form seen from here."""
    complete = dict(content)
    made: dict[str, Any] = {}
    for key, table in complete.pop("each", {}).items():
        made.update(_each(table, f"Profile {name!r}, each.{key}"))
    if made:
        complete["variables"] = {**made, **complete.get("variables", {})}
    file = complete.get("file")
    if isinstance(file, dict) and isinstance(file.get("xlsform"), str) and file["xlsform"]:
        complete["file"] = {**file, "xlsform": str(folder / file["xlsform"])}
    return complete


def _each(table: Any, what: str) -> dict[str, Any]:
    """Return the variables of an `[each.NAME]` table: the same operation, each on a column of its own."""
    columns = table.get("from") if isinstance(table, dict) else None
    if not isinstance(columns, dict) or not columns or not all(isinstance(column, str) for column in columns.values()):
        raise ConfigError(f"{what} needs the key 'from', a table of variable = column, such as from = {{ debt = 'q12' }}.")
    shared = {key: value for key, value in table.items() if key not in ("from", "labels")}
    labels = table.get("labels", {})
    several = shared.get("op") in SEVERAL_COLUMNS
    return {
        variable: {
            **shared,
            **({"columns": [column]} if several else {"column": column}),
            **({"label": labels[variable]} if variable in labels else {}),
        }
        for variable, column in columns.items()
    }
