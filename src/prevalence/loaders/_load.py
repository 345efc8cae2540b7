"""Loads survey files: reads the columns that a profile needs, stacks the files, and hands them to the profile."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from prevalence.errors import LoadError, listed
from prevalence.loaders._apply_profile import apply_profile
from prevalence.loaders._profiles import read_profile
from prevalence.loaders.fit import fitted, renamed, require_names
from prevalence.loaders.formats import open_file
from prevalence.loaders.opened import Raw, Request
from prevalence.loaders.schema import Code, Profile
from prevalence.loaders.tidy import tidied
from prevalence.provenance import Codebook, Provenance, Source, Variable
from prevalence.survey import Survey

Files = str | Path | Sequence[str | Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One file, read: rows in the profile's spelling, and where they come from."""

    raw: Raw
    source: Source


def load(
    files: Files,
    *,
    profile: str | Path | Profile,
    encoding: str | None = None,
    layout: str | Path | None = None,
    columns: Iterable[str] = (),
) -> Survey:
    r"""Return the survey of one file, or of several files of the same layout stacked.

    Parameters
    ----------
    files : path or sequence of paths
        SPSS (.sav, .zsav, .por), Stata (.dta), SAS (.sas7bdat, .xpt), CSV, Parquet, Excel or fixed-width text.
    profile : str, path or Profile
        Name of a shipped profile (`prevalence.loaders.profiles`), or path of one's own TOML file.
    encoding : str, optional
        Encoding of the text in the file, where it is not UTF-8 or what the file itself says.
    layout : path, optional
        Layout of fixed-width text in SAS syntax; goes before that of the profile.
    columns : iterable of str
        Columns to carry along beside those that the profile names.

    Returns
    -------
    Survey
        Rows as a pandas frame: source columns with their codes, canonical columns with levels. Its provenance names
        the files with their digests, and counts what was dropped or became missing.

    Raises
    ------
    LoadError
        If a file is absent, damaged, empty or unsupported, or the profile does not fit it.
    ColumnError
        If a column that must hold numbers holds text.
    ConfigError
        If the profile is faulty.

    Examples
    --------
    >>> import pathlib, tempfile, prevalence as pv
    >>> file = pathlib.Path(tempfile.mkdtemp(), "lfs.csv")
    >>> size = file.write_text("weight,stratum,psu,hhid,pid,age,sex\n9.5,1,1,1,1,9,2\n9.5,1,2,2,1,40,1\n")
    >>> survey = pv.load(file, profile="lfs-generic")
    >>> survey.data["age_group"].tolist(), survey.data["sex"].tolist(), survey.data["sex_source"].tolist()
    (['5-11', '25-54'], ['Female', 'Male'], [2, 1])
    """
    paths = [Path(files)] if isinstance(files, str | Path) else [Path(file) for file in files]
    if not paths:
        raise LoadError("load needs at least one file; found an empty list.")
    rules = read_profile(profile)
    extra = tuple(columns)
    parts = [_read(_request(path, rules, encoding, layout), rules, extra) for path in paths]
    _check_same_columns(parts)
    tell = rules.file.file_column
    frames = [part.raw.frame.assign(**{tell: part.source.name}) if tell else part.raw.frame for part in parts]
    notes = tuple(note for part in parts for note in part.raw.notes)
    return apply_profile(
        frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True),
        rules,
        codebook=_stacked_codebook(parts),
        provenance=Provenance(sources=tuple(part.source for part in parts)).add(notes=(*notes, *_label_conflicts(parts))),
        columns=(*extra, *((tell,) if tell else ())),
        name=listed([path.name for path in paths]).replace("'", ""),
    )


def _request(path: Path, profile: Profile, encoding: str | None, layout: str | Path | None) -> Request:
    codes = [recipe.column for recipe in profile.variables.values() if isinstance(recipe, Code)]
    return Request(
        path=path,
        table=profile.file,
        encoding=encoding or profile.file.encoding,
        text=frozenset(column.casefold() for column in codes),
        layout=Path(layout) if layout is not None else None,
    )


def _read(request: Request, profile: Profile, extra: tuple[str, ...]) -> _Part:
    """Return the columns that the profile and the user ask for, under the profile's spelling."""
    opened = open_file(request)
    found = renamed(profile, opened.names, extra)
    names = [found.get(name, name) for name in opened.names]
    fitted(profile, names, what=request.path.name)
    require_names(extra, names, request.path.name)
    raw = opened.read(list(found))
    frame = tidied(raw.frame.rename(columns=found))
    if frame.empty:
        raise LoadError(f"{request.path.name} holds no rows. Check the file.")
    recased = [f"{name} for {wanted}" for name, wanted in found.items() if name != wanted]
    notes = (f"Columns of {request.path.name} read in another case: {', '.join(recased)}.",) if recased else ()
    codebook = Codebook({found[name]: variable for name, variable in raw.codebook.variables.items()})
    with request.path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    source = Source(name=request.path.name, sha256=digest, rows=len(frame))
    return _Part(raw=replace(raw, frame=frame, codebook=codebook, notes=(*raw.notes, *notes)), source=source)


def _check_same_columns(parts: Sequence[_Part]) -> None:
    first = parts[0]
    for part in parts[1:]:
        differing = sorted(set(first.raw.frame.columns) ^ set(part.raw.frame.columns))
        if differing:
            raise LoadError(
                f"Files loaded together must have the same columns; {first.source.name} and {part.source.name} differ in "
                f"{listed(differing)}. Load them apart, or bring them to one layout."
            )


def _stacked_codebook(parts: Sequence[_Part]) -> Codebook:
    """Return the codebook of all files; where they differ, the first goes before the others."""
    variables: dict[str, Variable] = {}
    for part in parts:
        for name, variable in part.raw.codebook.variables.items():
            known = variables.get(name, Variable())
            variables[name] = Variable(
                label=known.label or variable.label,
                levels={**variable.levels, **known.levels},
                missing={**variable.missing, **known.missing},
            )
    return Codebook({name: replace(variable, levels=_in_code_order(variable.levels)) for name, variable in variables.items()})


def _in_code_order(levels: Mapping[Any, str]) -> dict[Any, str]:
    numeric = all(isinstance(code, int | float) for code in levels)
    return dict(sorted(levels.items())) if numeric else dict(levels)


def _label_conflicts(parts: Sequence[_Part]) -> tuple[str, ...]:
    """Return a note for each column in which files give a code different labels."""
    notes: dict[str, None] = {}
    for name, variable in parts[0].raw.codebook.variables.items():
        for part in parts[1:]:
            other = part.raw.codebook.levels(name)
            if any(other.get(code, label) != label for code, label in variable.levels.items()):
                names = f"{parts[0].source.name} and {part.source.name}"
                notes[f"Value labels of {name} differ between {names}; those of the first are shown."] = None
    return tuple(notes)
