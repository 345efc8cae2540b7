"""Loads survey files: reads the columns that a profile needs, joins and stacks the files, and hands them to the profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from prevalence.errors import LoadError, listed, suggestion
from prevalence.loaders._apply_profile import apply_profile
from prevalence.loaders._profiles import read_profile
from prevalence.loaders.fit import fitted, require_names
from prevalence.loaders.forms import Question, read_form, with_form
from prevalence.loaders.joining import joined
from prevalence.loaders.lenders import Lender, lenders_of
from prevalence.loaders.opened import Request
from prevalence.loaders.schema import MAIN_ROLE, Code, FileTable, Profile
from prevalence.loaders.stacking import OpenedFile, Stack, opened_file, stacked
from prevalence.provenance import Provenance
from prevalence.survey import Survey

OneRole = str | Path | Sequence[str | Path]
Files = OneRole | Mapping[str, OneRole]


def load(
    files: Files,
    *,
    profile: str | Path | Profile,
    encoding: str | None = None,
    layout: str | Path | None = None,
    form: str | Path | None = None,
    columns: Iterable[str] = (),
) -> Survey:
    r"""Return the survey of one file, of several files of the same layout stacked, or of files that a profile joins.

    Parameters
    ----------
    files : path, sequence of paths, or mapping of role to these
        SPSS (.sav, .zsav, .por), Stata (.dta), SAS (.sas7bdat, .xpt), CSV, Parquet, Excel or fixed-width text. A profile that reads
        several kinds of file names their roles: ``{"hh": "hh.sav", "hl": "hl.sav"}`` for ``mics5``.
    profile : str, path or Profile
        Name of a shipped profile (`prevalence.loaders.profiles`), or path of one's own TOML file.
    encoding : str, optional
        Encoding of the text in the files, where it is not UTF-8 or what the file itself says.
    layout : path, optional
        Layout of fixed-width text in SAS syntax; goes before that of the profile.
    form : path, optional
        Form of a KoboToolbox or ODK survey (XLSForm workbook); goes before that of the profile.
    columns : iterable of str
        Columns to carry along beside those that the profile names.

    Returns
    -------
    Survey
        Rows as a pandas frame: source columns with their codes, canonical columns with levels. Its provenance names
        the files with their digests, and counts what was dropped, did not match or became missing.

    Raises
    ------
    LoadError
        If a file is absent, damaged, empty or unsupported, or the profile does not fit it.
    DataError
        If rows share a key that must be unique.
    ColumnError
        If a column that must hold numbers holds text or dates.
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
    rules = read_profile(profile)
    extra = tuple(columns)
    roles = _roles(files, rules)

    def opened(paths: Iterable[Path], table: FileTable, also: Iterable[str] = ()) -> tuple[OpenedFile, ...]:
        requests = (_request(path, table, rules, encoding, layout) for path in paths)
        return tuple(opened_file(request, rules, (*extra, *also)) for request in requests)

    main = opened(roles[rules.file.role], rules.file)
    lenders, notes = lenders_of(rules, main, roles, opened)
    _check_fit(rules, main, lenders, extra)
    table = rules.file
    questions = read_form(Path(form or table.xlsform), table.language) if form or table.xlsform else {}
    stack, provenance = _together(main, lenders, table, questions)
    return apply_profile(
        stack.raw.frame,
        rules,
        codebook=stack.raw.codebook,
        provenance=provenance.add(notes=(*notes, *stack.raw.notes)),
        columns=(*extra, *((table.file_column,) if table.file_column else ())),
        name=stack.name,
    )


def _roles(files: Files, profile: Profile) -> dict[str, list[Path]]:
    """Return the paths of each role."""
    given: Mapping[str, OneRole] = files if isinstance(files, Mapping) else {profile.file.role: files}
    known = (profile.file.role, *profile.join)
    if unknown := [role for role in given if role not in known]:
        raise LoadError(
            f"Profile {profile.name!r} reads the roles {listed(known, limit=len(known))}; found {listed(unknown)}."
            f"{suggestion(str(unknown[0]), known)}"
        )
    paths = {role: [Path(some)] if isinstance(some, str | Path) else [Path(one) for one in some] for role, some in given.items()}
    if not paths.get(profile.file.role):
        role = "" if profile.file.role == MAIN_ROLE else f" in the role {profile.file.role!r}"
        raise LoadError(f"load needs at least one file{role}; found an empty list.")
    return {role: some for role, some in paths.items() if some}


def _request(path: Path, table: FileTable, profile: Profile, encoding: str | None, layout: str | Path | None) -> Request:
    recipes = (*profile.prepare.values(), *profile.variables.values())
    codes = [recipe.column for recipe in recipes if isinstance(recipe, Code)]
    return Request(
        path=path,
        table=table,
        encoding=encoding or profile.file.encoding,
        text=frozenset(column.casefold() for column in codes),
        layout=Path(layout) if layout is not None else None,
    )


def _check_fit(profile: Profile, main: Sequence[OpenedFile], lenders: Sequence[Lender], extra: Sequence[str]) -> None:
    """Raise unless every main file, with what the others lend, has the columns that the profile and the user ask for."""
    lent = [name for lender in lenders for name in lender.columns]
    others = "".join(f" with {lender.files[0].name}" for lender in lenders if lender.files[0].name != main[0].name)
    for file in main:
        names = [*file.names, *lent]
        fitted(profile, names, what=f"{file.name}{others}")
        require_names(extra, names, f"{file.name}{others}")


def _together(
    main: Sequence[OpenedFile], lenders: Sequence[Lender], table: FileTable, questions: Mapping[str, Question]
) -> tuple[Stack, Provenance]:
    """Return the rows of the main files with the columns that the others lend, read one after the other."""

    def read(files: Sequence[OpenedFile], columns: Iterable[str], file_column: str = "") -> Stack:
        stack = stacked(files, columns, file_column=file_column)
        return replace(stack, raw=with_form(stack.raw, questions, table)) if questions else stack

    stack = read(main, [name for file in main for name in file.spelling.values()], table.file_column)
    provenance = Provenance(sources=stack.sources)
    for lender in lenders:
        other = read(lender.files, (*lender.join.keys.values(), *lender.columns.values()))
        stack, counts = joined(stack, other, lender.join, lender.role, lender.columns)
        new = tuple(source for source in other.sources if source.sha256 not in {known.sha256 for known in provenance.sources})
        provenance = replace(provenance.add(counts=counts), sources=(*provenance.sources, *new))
    return stack, provenance
