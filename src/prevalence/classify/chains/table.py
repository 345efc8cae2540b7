"""The table of supply chains: what a product, an industry code and an occupation say about each chain."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from prevalence.classify.standards import data_file
from prevalence.errors import OptionError, listed, suggestion
from prevalence.toml_files import TomlTable, read

Verdict = Literal["yes", "partial", "no", "unknown"]


class _Pooled(TomlTable):
    name: str
    divisions: tuple[str, ...]
    classes: tuple[str, ...] = ()


class _Group(TomlTable):
    name: str
    label: str
    divisions: tuple[str, ...]
    members: tuple[str, ...]
    source: str


class _Narrowed(TomlTable):
    chain: str
    isic: str
    isco: tuple[str, ...]


class _Rules(TomlTable):
    name: str
    version: str
    source: str
    status: str
    remarks: tuple[str, ...]
    pooled: tuple[_Pooled, ...]
    groups: tuple[_Group, ...]
    narrowed: tuple[_Narrowed, ...]


@dataclass(frozen=True, slots=True)
class ChainClass:
    """A row of the table: an industry class of a chain, and whether the class alone is enough."""

    chain: str
    isic: str
    question: str
    stage: str


@dataclass(frozen=True, slots=True)
class ChainTable:
    """The rows of the table and the rules beside it."""

    rows: tuple[ChainClass, ...]
    rules: _Rules

    @property
    def names(self) -> tuple[str, ...]:
        """Chains in display order: that of the table, a group before its first member."""
        pooled = {entry.name for entry in self.rules.pooled}
        ordered: dict[str, None] = {}
        for row in self.rows:
            for group in self.rules.groups:
                if row.chain in group.members:
                    ordered.setdefault(group.name)
            if row.chain not in pooled:
                ordered.setdefault(row.chain)
        return tuple(ordered)

    def members(self, chain: str) -> tuple[str, ...]:
        """Return the chains that a group holds, none for a single chain."""
        return next((group.members for group in self.rules.groups if group.name == chain), ())

    def check(self, chains: Iterable[str]) -> tuple[str, ...]:
        """Return the chains in display order, or raise `OptionError` for one that the table does not know."""
        wanted = tuple(chains)
        for chain in wanted:
            if chain not in self.names:
                raise OptionError(
                    f"chains must be names of the table of supply chains; found {chain!r}.{suggestion(chain, self.names)} "
                    f"Known are {listed(self.names, limit=len(self.names))}."
                )
        if not wanted:
            raise OptionError("chains must name at least one supply chain, or be left out for all that the data can speak of.")
        return tuple(name for name in self.names if name in wanted)

    def of_product(self, product: str, chain: str) -> Verdict:
        """Return whether work on a product is work in a chain.

        A product that names no chain of the table ("other", "maize") is a no; the name of a group says nothing of its members.
        """
        named = product_name(product)
        if named == chain or named in self.members(chain):
            return "yes"
        pooled = {entry.name: entry.divisions for entry in self.rules.pooled}
        if chain in self.members(named) or (named in pooled and self._has_class_in(chain, pooled[named])):
            return "unknown"
        return "no"

    def of_class(self, code: str, chain: str) -> Verdict:
        """Return whether work in an industry (4 digits, or 2) is work in a chain; a class that pools chains is "unknown"."""
        group = next((group for group in self.rules.groups if group.name == chain), None)
        if group is not None:
            return "yes" if code[:2] in group.divisions else "no"
        rows = [row for row in self.rows if row.chain == chain]
        if len(code) == 2:
            return "unknown" if any(row.isic.startswith(code) for row in rows) else "no"
        found = next((row for row in rows if row.isic == code), None)
        if found is not None:
            verdicts: dict[str, Verdict] = {"no": "yes", "partial": "partial", "yes": "unknown"}
            return verdicts[found.question]
        pooling = [
            entry
            for entry in self.rules.pooled
            if code in entry.classes or any(row.chain == entry.name and row.isic == code for row in self.rows)
        ]
        return "unknown" if any(self._has_class_in(chain, entry.divisions) for entry in pooling) else "no"

    def stage(self, code: str) -> str | None:
        """Return the stage of an industry class, None if the table does not hold it."""
        return next((row.stage for row in self.rows if row.isic == code), None)

    def narrowed(self, chain: str) -> _Narrowed | None:
        """Return the occupations that tell a chain apart inside a class, if the table has such a note."""
        return next((entry for entry in self.rules.narrowed if entry.chain == chain), None)

    def _has_class_in(self, chain: str, divisions: tuple[str, ...]) -> bool:
        return any(row.chain == chain and row.isic[:2] in divisions for row in self.rows)


@cache
def chain_table() -> ChainTable:
    """Return the table that travels with the package."""
    text = data_file("data", "supply_chains.csv").read_text(encoding="utf-8")
    rows = tuple(
        ChainClass(row["supply_chain"], row["isic_rev4"], row["needs_product_question"], row["stage"])
        for row in csv.DictReader(text.splitlines())
    )
    rules = read(data_file("data", "chain_rules.toml"), _Rules, "rule")
    return ChainTable(rows, rules)


def product_name(product: str) -> str:
    """Return a product as the table spells it: ``"Palm oil "`` is ``palm_oil``."""
    return "_".join(product.casefold().replace("-", " ").replace("_", " ").split())
