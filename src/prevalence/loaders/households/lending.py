"""What a household, its head and a mother lend to a child, with counts of what did not match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from prevalence.errors import ColumnError, counted, suggestion
from prevalence.loaders.answers import by_answer, code_text
from prevalence.loaders.households.quintiles import weighted_quintiles
from prevalence.loaders.keys import key_codes, pandas_of, positions, require_unique
from prevalence.provenance import Count
from prevalence.rows import Codes, Floats, collect, column_names, indicator, numbers

FILES = ("persons", "households", "members", "mothers")
ROLES = {
    "line": "line number of a person",
    "mother_line": "line number of the mother",
    "relationship": "relationship to the head",
    "education": "level of education",
    "informal": "0/1 for an informal job",
    "wealth": "wealth quintile",
    "wealth_score": "wealth score",
    "weight": "household weight",
    "size": "number of members of the household",
}
"""What columns may be; a role's column has its name unless the user gives another."""

Values = npt.NDArray[np.object_] | Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A file with the columns of its keys and of its roles."""

    name: str
    data: Any
    keys: tuple[str, ...]
    names: Mapping[str, str]

    def column(self, role: str) -> str | None:
        """Return the column of a role, None if the file has none."""
        name = self.names[role]
        return name if name in column_names(self.data) else None

    def needed(self, role: str) -> str:
        """Return the column of a role; `ColumnError` if the file has none."""
        name, present = self.names[role], column_names(self.data)
        if name not in present:
            raise ColumnError(
                f"{self.name} must have a column with the {ROLES[role]}; found none called {name!r}.{suggestion(name, present)} "
                f"Name it: names={{{role!r}: ...}}."
            )
        return name

    def read(self, *names: str) -> pd.DataFrame:
        """Return the keys and the named columns as pandas."""
        return pandas_of(self.data, (*self.keys, *names))

    def numbers(self, name: str) -> Floats:
        """Return a column as numbers."""
        return numbers(collect(self.data, [name]), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """New columns, one value a child, and what did not match."""

    columns: Mapping[str, Values]
    counts: tuple[Count, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wealth:
    """Whether quintiles are formed anew, and within which columns."""

    recompute: bool
    within: tuple[str, ...]


def from_household(tables: Mapping[str, Linked], wanted: tuple[str, ...], wealth: Wealth) -> Lent:
    """Return the wealth quintile and other columns of the child's household."""
    persons, table = tables["persons"], tables["households"]
    given = table.column("wealth")
    names = [*wanted, *([given] if given else [])]
    frame = table.read(*names)
    children, held = key_codes([(persons.read(), persons.keys), (frame, table.keys)])
    require_unique(held, table.name, table.keys)
    rows = positions(children, held)
    columns = {name: _taken(frame[name], rows) for name in wanted}
    notes: tuple[str, ...] = ()
    if wealth.recompute:
        quintile, notes = _recomputed(tables, wealth, given)
        columns["wealth_quintile"] = _taken(pd.Series(quintile), rows)
    elif given:
        columns["wealth_quintile"] = _taken(frame[given], rows)
    return Lent(columns=columns, counts=_unmatched("households", children, held, rows), notes=notes)


def from_head(tables: Mapping[str, Linked], head_codes: frozenset[str]) -> Lent:
    """Return the education of the head of the child's household, and whether the head's job is informal."""
    persons, table = tables["persons"], tables["members"]
    relationship = table.needed("relationship")
    roles = {"head_education": table.column("education"), "household_informality": table.column("informal")}
    lent = {new: name for new, name in roles.items() if name is not None}
    if not lent:
        table.needed("education")
    frame = table.read(relationship, *lent.values())
    children, held = key_codes([(persons.read(), persons.keys), (frame, table.keys)])
    is_head = by_answer(frame[relationship], lambda code: code_text(code) in head_codes).eq(True).to_numpy()
    heads = np.bincount(held[is_head & (held >= 0)], minlength=int(held.max(initial=-1)) + 1)
    single = is_head & (held >= 0)
    single[single] = heads[held[single]] == 1
    rows = positions(children, np.where(single, held, -1))
    in_file = np.isin(children, held[held >= 0])
    several = in_file & np.isin(children, np.flatnonzero(heads > 1))
    columns = {new: _taken(frame[name], rows) for new, name in lent.items()}
    if "household_informality" in columns:
        informal = indicator(collect(table.data, [lent["household_informality"]]), lent["household_informality"])
        columns["household_informality"] = np.append(informal, np.nan)[rows]
    counts = (
        *_unmatched("members", children, held, np.where(in_file, 0, -1)),
        Count(step="members", rows=int((in_file & (rows < 0) & ~several).sum()), reason="children whose household has no head"),
        Count(step="members", rows=int(several.sum()), reason="children whose household has several heads: nothing taken"),
    )
    return Lent(columns=columns, counts=counts)


def from_mother(tables: Mapping[str, Linked], no_mother: frozenset[str]) -> Lent:
    """Return the education of the child's mother, found by household and line number."""
    persons, table = tables["persons"], tables["mothers"]
    mother_line, line, education = persons.needed("mother_line"), table.needed("line"), table.needed("education")
    children, women = persons.read(mother_line), table.read(line, education)
    without = children[mother_line].isna() | by_answer(children[mother_line], code_text).isin(no_mother)
    children[mother_line] = children[mother_line].mask(without)
    wanted, held = key_codes([(children, (*persons.keys, mother_line)), (women, (*table.keys, line))])
    require_unique(held, table.name, (*table.keys, line))
    rows = positions(wanted, held)
    lost = int((~without.to_numpy() & (rows < 0)).sum())
    spare = int((~np.isin(held, wanted[wanted >= 0])).sum())
    counts = (
        Count(step="mothers", rows=int((rows >= 0).sum()), reason="children with their mother found"),
        Count(step="mothers", rows=int(without.sum()), reason="children without a mother in the household, or with none known"),
        Count(step="mothers", rows=lost, reason="children whose mother's line is not in mothers"),
        Count(step="mothers", rows=spare, reason="rows of mothers that belong to none of these children"),
    )
    return Lent(columns={"mother_education": _taken(women[education], rows)}, counts=counts)


def _taken(column: pd.Series[Any], rows: Codes) -> Values:
    """Return the values at `rows`; None or NaN at -1."""
    values = column.astype(object).where(column.notna(), None).tolist()
    return np.array([*values, None], dtype=object)[rows]


def _unmatched(name: str, children: Codes, held: Codes, rows: Codes) -> tuple[Count, ...]:
    """Return counts of children with and without a household, and of households without any of the children."""
    spare = np.setdiff1d(held[held >= 0], children[children >= 0])
    return (
        Count(step=name, rows=int((rows >= 0).sum()), reason="children with their household found"),
        Count(
            step=name, rows=int((rows < 0).sum()), reason=f"children without a household in {name}: their new columns are missing"
        ),
        Count(step=name, rows=len(spare), reason="households without any of these children"),
    )


def _recomputed(tables: Mapping[str, Linked], wealth: Wealth, given: str | None) -> tuple[Floats, tuple[str, ...]]:
    """Return quintiles of the population by score, one a household, and how many differ from those of the file."""
    table = tables["households"]
    score, weight = table.numbers(table.needed("wealth_score")), table.numbers(table.needed("weight"))
    within = table.read(*wealth.within)
    groups = key_codes([(within, wealth.within)])[0] if wealth.within else None
    quintile = weighted_quintiles(score, weight * _sizes(tables), groups)
    base = f"wealth_quintile: fifths of the household population by {table.names['wealth_score']}, weighted by household weight x members"
    scope = f" within {' x '.join(wealth.within)}" if wealth.within else ""
    if given is None:
        return quintile, (f"{base}{scope}.",)
    old = pd.to_numeric(table.read(given)[given], errors="coerce").to_numpy(dtype=np.float64)
    both = ~np.isnan(quintile) & ~np.isnan(old)
    changed = counted(int((quintile[both] != old[both]).sum()), "household")
    return quintile, (f"{base}{scope}; {changed} of {int(both.sum()):,} have another quintile than {given!r} gives them.",)


def _sizes(tables: Mapping[str, Linked]) -> Floats:
    """Return the number of members of each household: its column, or the rows of the members file."""
    table = tables["households"]
    if table.column("size") is not None or "members" not in tables:
        return table.numbers(table.needed("size"))
    members = tables["members"]
    households, people = key_codes([(table.read(), table.keys), (members.read(), members.keys)])
    sizes = np.bincount(people[people >= 0], minlength=int(households.max(initial=-1)) + 1).astype(np.float64)
    return np.where(households >= 0, sizes[households], np.nan)
