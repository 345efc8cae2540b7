"""Which revision of a classification the codes of a file belong to: told from codes that exist in one revision alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from prevalence.classify.answers import distinct
from prevalence.classify.standards import data_file
from prevalence.errors import DataError, check_option, counted, listed
from prevalence.rows import require_columns
from prevalence.survey import Survey
from prevalence.toml_files import TomlTable, read

DETECT = "detect"
CLASSIFICATIONS = ("isic", "isco")
CURRENT = {"isic": "isic4", "isco": "isco08"}
"""The revision that the tables of this package are written in."""


class _Revision(TomlTable):
    classification: str
    id: str
    label: str
    status: str
    source: str
    codes: dict[str, str]


class _Revisions(TomlTable):
    revision: tuple[_Revision, ...]
    same: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class RevisionEvidence:
    """What the distinct codes of a column say of their revision.

    Attributes
    ----------
    classification : {"isic", "isco"}
    only : mapping of revision to codes
        Codes that exist in one revision alone: ``{"isic4": ("0127",), "isic3": ()}``.
    both : tuple of str
        Codes that exist in both, with another meaning in each unless they are in `same`.
    same : tuple of str
        Codes that mean the same in both.
    nowhere : tuple of str
        Codes of neither.
    """

    classification: str
    only: Mapping[str, tuple[str, ...]]
    both: tuple[str, ...]
    same: tuple[str, ...]
    nowhere: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """The id of the revision, ``"mixed"``, or ``"undecided"`` where every code exists in both."""
        found = [revision for revision, codes in self.only.items() if codes]
        if len(found) > 1:
            return "mixed"
        if found:
            return found[0]
        return "undecided" if self.both else CURRENT[self.classification]


def revision_of(survey: Survey, column: str = "isic", *, classification: str | None = None) -> RevisionEvidence:
    """Return what the codes of a column say of their revision: ISIC Rev.4 or Rev.3/3.1, ISCO-08 or ISCO-88.

    Parameters
    ----------
    survey : Survey
    column : str
        Codes as text or numbers; shorter codes (divisions, groups) are judged by the classes that begin with them.
    classification : {"isic", "isco"}, optional
        Default: ``"isco"`` for a column whose name begins so, else ``"isic"``.

    Returns
    -------
    RevisionEvidence
        Its `verdict` is ``"isic4"``, ``"isic3"``, ``"isco08"``, ``"isco88"``, ``"mixed"`` or ``"undecided"``.

    Raises
    ------
    ColumnError
        If the column is absent.
    OptionError
        If the classification is unknown.

    Notes
    -----
    ISIC Rev.3.1 division 05 is fishing and 14 is quarrying; Rev.4 has coal and wearing apparel there. ISCO-88 minor group 711 is miners;
    in ISCO-08 it is building frame workers. Source: structure files of UNSD and ILO (``classify/data/revisions.toml``).

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"w": 1.0, "isic": ["1410", "0127"], "isco": ["7111", "7113"]})
    >>> survey = pv.Survey(rows, pv.Design(weight="w"))
    >>> pv.classify.revision_of(survey).verdict, pv.classify.revision_of(survey, "isco").verdict
    ('isic4', 'undecided')
    """
    require_columns(survey.data, [column])
    kind = classification or ("isco" if column.startswith("isco") else "isic")
    check_option("classification", kind, CLASSIFICATIONS)
    return evidence_of([code_text(value) for value in distinct(survey.frame, column)], kind)


def evidence_of(codes: Iterable[str], classification: str) -> RevisionEvidence:
    """Sort distinct codes by the revisions in which they exist."""
    known = {revision.id: _prefixes(revision.id) for revision in _revisions(classification)}
    alike = _data().same[classification]
    only: dict[str, list[str]] = {revision: [] for revision in known}
    both, same, nowhere = [], [], []
    for code in sorted(set(codes)):
        holders = [revision for revision, prefixes in known.items() if code in prefixes]
        if len(holders) == 1:
            only[holders[0]].append(code)
        elif not holders:
            nowhere.append(code)
        elif code in alike:
            same.append(code)
        else:
            both.append(code)
    return RevisionEvidence(
        classification, {name: tuple(found) for name, found in only.items()}, tuple(both), tuple(same), tuple(nowhere)
    )


def require_current(codes: Iterable[str], *, column: str, classification: str, revision: str, option: str) -> RevisionEvidence:
    """Return the evidence on a column that the package's tables can read, or raise `DataError` in words.

    `revision` is ``"detect"`` or the current revision, by which the user vouches for codes that exist in both.
    """
    current = CURRENT[classification]
    check_option(option, revision, (DETECT, current))
    found = evidence_of(codes, classification)
    label = _label(current)
    if found.verdict not in (current, "mixed", "undecided"):
        raise DataError(
            f"column {column!r} must hold {label}; it has {counted(len(found.only[found.verdict]), 'code')} of {_label(found.verdict)} alone, "
            f"for example {listed(found.only[found.verdict])}, and none of {label} alone. Convert them by a correspondence table "
            "(pv.classify.isic_from_national takes one for industries), or leave the column out."
        )
    if revision == DETECT and found.verdict == "mixed":
        examples = " and ".join(f"{listed(codes)} of {_label(name)} alone" for name, codes in found.only.items())
        raise DataError(
            f"column {column!r} must hold one revision; it mixes two: {examples}. Convert the rows of the older revision; "
            f"if these are coding errors in a file of {label}, say {option}={current!r}."
        )
    if revision == DETECT and found.verdict == "undecided":
        raise DataError(
            f"column {column!r} must show its revision; all its codes exist in both {_label(current)} and {_label(_other(current))}, "
            f"with other meanings, for example {listed(found.both)}. "
            f"If the questionnaire or the codebook says {label}, say {option}={current!r}; otherwise convert the codes."
        )
    return found


def exists(code: str, revision: str) -> bool:
    """Return whether a code, or a code that begins with it, exists in a revision."""
    return code in _prefixes(revision)


def code_text(value: object) -> str:
    """Return a code as text: a whole number without decimals, text without blanks."""
    if isinstance(value, str):
        return value.strip()
    number = float(str(value))
    return str(int(number)) if number.is_integer() else str(value)


@cache
def _data() -> _Revisions:
    return read(data_file("data", "revisions.toml"), _Revisions, "table of revisions")


def _revisions(classification: str) -> list[_Revision]:
    return [revision for revision in _data().revision if revision.classification == classification]


def _of(revision: str) -> _Revision:
    return next(entry for entry in _data().revision if entry.id == revision)


def _label(revision: str) -> str:
    return _of(revision).label


def _other(revision: str) -> str:
    return next(entry.id for entry in _revisions(_of(revision).classification) if entry.id != revision)


@cache
def _prefixes(revision: str) -> frozenset[str]:
    """Return every class of a revision, and every beginning of one that is at least two digits long."""
    classes = {head + tail for head, tails in _of(revision).codes.items() for tail in _tails(tails)}
    return frozenset(code[:length] for code in classes for length in range(2, len(code) + 1))


def _tails(text: str) -> list[str]:
    found = []
    for part in text.split():
        first, _, last = part.partition("-")
        found += [str(number).zfill(len(first)) for number in range(int(first), int(last or first) + 1)]
    return found
