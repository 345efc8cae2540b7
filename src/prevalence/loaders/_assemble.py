"""Brings the files of one survey together: household, members and mothers lend their columns to each child."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from prevalence.errors import ColumnError, OptionError, check_option, listed
from prevalence.loaders.answers import code_text
from prevalence.loaders.households.lending import (
    FILES,
    ROLES,
    Lent,
    Linked,
    Values,
    Wealth,
    from_head,
    from_household,
    from_mother,
)
from prevalence.provenance import Count, Provenance
from prevalence.rows import as_frame, plain, require_columns, with_columns

Keys = Sequence[str] | Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """Children with what their household, its head and their mother lend them.

    Attributes
    ----------
    data : data frame
        Of the kind of `persons`, same rows, same order, with new columns.
    provenance : Provenance
        Counts of what did not match; pass it on to `prevalence.loaders.apply_profile`.
    """

    data: Any
    provenance: Provenance = field(default_factory=Provenance)

    @property
    def counts(self) -> tuple[Count, ...]:
        """What did and did not match, in the order in which it was looked for."""
        return self.provenance.counts

    def to_pandas(self) -> pd.DataFrame:
        """Return the counts as a frame with columns ``step, rows, reason``."""
        return pd.DataFrame([(c.step, c.rows, c.reason) for c in self.counts], columns=["step", "rows", "reason"])

    def __repr__(self) -> str:
        frame = nw.from_native(self.data, eager_only=True)
        lines = [f"  {count.step}: {count.rows:,} {count.reason}" for count in self.counts]
        return "\n".join([f"Assembled: {len(frame):,} rows, {len(frame.columns)} columns", *lines])


def assemble(
    *,
    persons: Any,
    keys: Keys,
    households: Any = None,
    members: Any = None,
    mothers: Any = None,
    names: Mapping[str, str] | None = None,
    head_codes: Sequence[int | str] = (1,),
    no_mother: Sequence[int | str] = (0, 90, 95, 96, 97, 98, 99),
    household_columns: Sequence[str] = (),
    recompute_wealth: bool = False,
    wealth_within: Sequence[str] = (),
) -> Assembled:
    """Return children with columns of their household, its head and their mother, and counts of what did not match.

    Parameters
    ----------
    persons : data frame
        One row a child (MICS ``fs``, or any person file). Any frame that narwhals reads; never changed. Lazy ones are computed.
    keys : sequence of str, or mapping of file to sequence of str
        Columns that name a household, such as ``["HH1", "HH2"]``; where files name them differently,
        ``{"persons": [...], "households": [...]}``. Compared as a reader would: 1, 1.0, "1" and "01" are the same.
    households : data frame, optional
        One row a household: lends ``wealth_quintile`` and `household_columns`.
    members : data frame, optional
        One row a household member (MICS ``hl``): the head lends ``head_education`` and ``household_informality`` (whether the
        head's job is informal; the column must be there).
    mothers : data frame, optional
        One row a woman (MICS ``wm``), or `members` again: the mother lends ``mother_education``.
    names : mapping of role to column, optional
        Columns of the roles ``line, mother_line, relationship, education, informal, wealth, wealth_score, weight, size``; a role that
        is not named has a column of its own name. In MICS6: ``{"line": "LN", "mother_line": "FS4", "relationship": "HL3"}``. (FS4 is
        the mother *or caretaker*.)
    head_codes : sequence
        Codes of the head in ``relationship``; text is compared without regard to case.
    no_mother : sequence
        Codes of ``mother_line`` that mean: not in the household, not alive, not known.
    household_columns : sequence of str
        Further columns of `households` to attach.
    recompute_wealth : bool
        Form ``wealth_quintile`` anew from ``wealth_score``: fifths of the population of household members, i.e. each
        household counts with ``weight`` times ``size`` (without a column ``size``, the rows of `members`), as DHS and MICS do. 1 is poorest.
    wealth_within : sequence of str
        Columns of `households` within which quintiles are formed, such as the country where files hold several.

    Returns
    -------
    Assembled

    Raises
    ------
    DataError
        If a household or a person stands in several rows of a file that lends columns.
    ColumnError
        If a column is absent, or a new one would take the name of one that is there.
    OptionError
        If `keys` or `names` name what does not exist, or there is nothing to attach.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> children = pd.DataFrame({"hh": [1, 2, 3], "mother_line": [2, 0, 1]})
    >>> people = pd.DataFrame({"hh": [1, 1, 2], "line": [1, 2, 1], "relationship": [1, 2, 1], "education": ["None", "Primary", "Higher"]})
    >>> done = pv.loaders.assemble(persons=children, members=people, mothers=people, keys=["hh"])
    >>> done.data[["head_education", "mother_education"]].fillna("").values.tolist()
    [['None', 'Primary'], ['Higher', ''], ['', '']]
    >>> done.to_pandas().query("step == 'members'")["rows"].tolist()
    [2, 1, 0, 0, 0]
    """
    given = {"persons": persons, "households": households, "members": members, "mothers": mothers}
    tables = _tables({name: data for name, data in given.items() if data is not None}, keys, names or {})
    _check_request(tables, household_columns, recompute_wealth=recompute_wealth)
    parts: list[Lent] = []
    if "households" in tables:
        wealth = Wealth(recompute=recompute_wealth, within=tuple(wealth_within))
        parts.append(from_household(tables, tuple(household_columns), wealth))
    if "members" in tables:
        parts.append(from_head(tables, frozenset(map(code_text, head_codes))))
    if "mothers" in tables:
        parts.append(from_mother(tables, frozenset(map(code_text, no_mother))))
    made = {name: column for part in parts for name, column in part.columns.items()}
    counts = tuple(count for part in parts for count in part.counts)
    notes = tuple(note for part in parts for note in part.notes)
    return Assembled(data=_attached(persons, made), provenance=Provenance(counts=counts, notes=notes))


def _tables(given: Mapping[str, Any], keys: Keys, names: Mapping[str, str]) -> dict[str, Linked]:
    """Return each file with its keys and roles; every key column must be there."""
    for role in names:
        check_option("a role in names", role, tuple(ROLES))
    if isinstance(keys, Mapping):
        for file in keys:
            check_option("a file in keys", file, FILES)
        absent = [file for file in given if file not in keys]
        if absent:
            raise OptionError(f"keys must name the columns of every file given; found none for {listed(absent)}. Add them.")
    by_file = {file: tuple(keys[file] if isinstance(keys, Mapping) else keys) for file in given}
    if len({len(columns) for columns in by_file.values()}) > 1 or not by_file["persons"]:
        raise OptionError(f"keys must have one column or more, as many in every file; found {by_file}. Correct them.")
    roles = {role: names.get(role, role) for role in ROLES}
    tables = {file: Linked(name=file, data=data, keys=by_file[file], names=roles) for file, data in given.items()}
    for table in tables.values():
        require_columns(table.data, table.keys)
    return tables


def _check_request(tables: Mapping[str, Linked], household_columns: Sequence[str], *, recompute_wealth: bool) -> None:
    """Raise unless there is something to attach, and the files for it."""
    if set(tables) == {"persons"}:
        raise OptionError(
            "assemble needs households, members or mothers to attach something; found none of them. Pass one or more."
        )
    if "households" not in tables and (recompute_wealth or household_columns):
        raise OptionError("recompute_wealth and household_columns need households; found none. Pass the household file.")
    if isinstance(household_columns, str):
        raise OptionError(
            f"household_columns must be a sequence of names; found the text {household_columns!r}. Put it in a list."
        )


def _attached(persons: Any, made: Mapping[str, Values]) -> Any:
    """Return the children in their own kind of frame with the new columns."""
    whole = as_frame(persons)
    frame = whole.collect() if isinstance(whole, nw.LazyFrame) else whole
    taken = [name for name in made if name in frame.columns]
    if taken:
        raise ColumnError(
            f"New columns must not take the name of one that persons has; found {listed(taken)}. Rename it in persons, "
            "or leave it out of household_columns."
        )
    columns = {name: nw.new_series(name, _plain(values), backend=frame.implementation) for name, values in made.items()}
    return with_columns(frame, columns).to_native()


def _plain(values: Values) -> list[Any]:
    """Return values as a list with None where missing, whole numbers as integers where all are."""
    listing: list[Any] = pd.Series(values).astype(object).where(pd.notna(values), None).tolist()
    numeric = [value for value in listing if isinstance(value, float)]
    return [plain(value) for value in listing] if all(value.is_integer() for value in numeric) else listing
