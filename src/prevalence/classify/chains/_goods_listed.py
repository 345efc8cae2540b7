"""Goods that the US Department of Labor lists for child or forced labour, by country and chain: context, never a rate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from prevalence.classify.chains._supply_chain import FAMILY
from prevalence.classify.chains.table import chain_table
from prevalence.classify.standards import rows_of
from prevalence.classify.values import texts
from prevalence.errors import OptionError, listed
from prevalence.rows import require_columns
from prevalence.survey import Survey

if TYPE_CHECKING:
    import pandas as pd

EDITION = "US Department of Labor, List of Goods Produced by Child Labor or Forced Labor, 2022 edition"
ISO3 = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class ListedGood:
    """A good of a country on the list: why it is listed, and whether through an input further up its chain."""

    good: str
    iso3: str
    country: str
    child_labour: bool
    forced_labour: bool
    forced_child_labour: bool
    downstream: bool


@dataclass(frozen=True, slots=True)
class ListedChain:
    """A chain in a country with at least one listed good.

    Attributes
    ----------
    iso3, country, supply_chain : str
    goods : tuple of str
        The goods of the list that belong to the chain.
    child_labour, forced_labour, forced_child_labour : bool
        Whether one of them is listed for it.
    downstream_only : bool
        Whether all of them are listed only because an input of theirs is.
    """

    iso3: str
    country: str
    supply_chain: str
    goods: tuple[str, ...]
    child_labour: bool
    forced_labour: bool
    forced_child_labour: bool
    downstream_only: bool


@dataclass(frozen=True, slots=True)
class ListedChains:
    """Chains by country with a listed good, and what the reader must know.

    Attributes
    ----------
    rows : tuple of ListedChain
    source, status : str
        The list, and the status of the mapping from goods to chains, which is our own.
    notes : tuple of str
    """

    rows: tuple[ListedChain, ...]
    source: str
    status: str
    notes: tuple[str, ...]

    def to_pandas(self) -> pd.DataFrame:
        """Return one row a country and chain: ``iso3, country, supply_chain, goods, child_labour, ..., source, status``."""
        import pandas as pd

        columns = {
            "iso3": [row.iso3 for row in self.rows],
            "country": [row.country for row in self.rows],
            "supply_chain": [row.supply_chain for row in self.rows],
            "goods": ["; ".join(row.goods) for row in self.rows],
            "child_labour": [row.child_labour for row in self.rows],
            "forced_labour": [row.forced_labour for row in self.rows],
            "forced_child_labour": [row.forced_child_labour for row in self.rows],
            "downstream_only": [row.downstream_only for row in self.rows],
        }
        return pd.DataFrame(columns).assign(source=self.source, status=self.status)


def goods_listed(where: Survey | str | Sequence[str], chains: str | Sequence[str] | None = None) -> ListedChains:
    """Return the chains of a country or a survey that have a good on the List of Goods of the US Department of Labor.

    Parameters
    ----------
    where : Survey, str or sequence of str
        Countries as ISO 3166 alpha-3 codes (``"GHA"``), or a survey with a column ``country``.
    chains : str or sequence of str, optional
        Names of supply chains; default: those of the survey where they were classified, else all.

    Returns
    -------
    ListedChains
        ``to_pandas()`` gives one row a country and chain with a listed good, to stand as context beside a table; `notes` names the
        countries without any.

    Raises
    ------
    ColumnError
        If a survey has no column ``country``.
    OptionError
        If a code is not of three capital letters, or a chain is unknown.

    Notes
    -----
    A good is listed on "reason to believe" that the problem is significant. It is no prevalence, carries no rate, and a country without
    a listed good is not thereby free of the problem. Which good belongs to which chain is our own mapping, to be verified
    (``classify/data/goods_to_chains.csv``). Source: 2022 edition, 467 good and country pairs, remapped to ISO 3166.

    Examples
    --------
    >>> import prevalence as pv
    >>> found = pv.classify.goods_listed(["GHA", "CIV"], "cocoa")
    >>> found.to_pandas()[["iso3", "goods", "child_labour", "forced_labour"]].values.tolist()
    [['CIV', 'Cocoa', True, True], ['GHA', 'Cocoa', True, False]]
    >>> pv.classify.goods_listed("XAA").notes[-1]
    "No good of 'XAA' is on the list for these chains. That is no evidence of absence."
    """
    countries = _countries(where)
    wanted = _chains(where, chains)
    goods = [good for good in _list() if good.iso3 in countries]
    rows = [_row(chain, found) for country in countries for chain in wanted if (found := _of(chain, country, goods))]
    absent = [country for country in countries if country not in {row.iso3 for row in rows}]
    notes = ["A listed good is one with reason to believe in a significant problem: it is no prevalence and carries no rate."]
    if absent:
        notes.append(f"No good of {listed(absent)} is on the list for these chains. That is no evidence of absence.")
    return ListedChains(tuple(rows), EDITION, "list: verified; goods to chains: our own mapping, to be verified", tuple(notes))


def _countries(where: Survey | str | Sequence[str]) -> list[str]:
    if isinstance(where, Survey):
        require_columns(where.data, ["country"])
        found = texts(where.frame, "country", "ISO 3166 alpha-3 codes, such as 'GHA'")
    else:
        found = sorted({where} if isinstance(where, str) else set(where))
    wrong = [code for code in found if not ISO3.fullmatch(code)]
    if wrong or not found:
        raise OptionError(
            f"countries must be ISO 3166 alpha-3 codes of three capital letters, such as 'GHA'; found {listed(wrong) if wrong else 'none'}. "
            "Recode the column 'country' in the profile."
        )
    return found


def _chains(where: Survey | str | Sequence[str], chains: str | Sequence[str] | None) -> tuple[str, ...]:
    table = chain_table()
    if chains is not None:
        return table.check([chains] if isinstance(chains, str) else chains)
    family = where.families.get(FAMILY) if isinstance(where, Survey) else None
    return tuple(family.members) if family is not None else table.names


def _of(chain: str, country: str, goods: list[ListedGood]) -> list[ListedGood]:
    """Return the listed goods of a chain, those of its members included."""
    held = {chain, *chain_table().members(chain)}
    mapped = {good for good, chains in _mapping().items() if chains & held}
    return [good for good in goods if good.iso3 == country and good.good in mapped]


def _row(chain: str, goods: list[ListedGood]) -> ListedChain:
    return ListedChain(
        goods[0].iso3,
        goods[0].country,
        chain,
        tuple(good.good for good in goods),
        any(good.child_labour for good in goods),
        any(good.forced_labour for good in goods),
        any(good.forced_child_labour for good in goods),
        all(good.downstream for good in goods),
    )


@cache
def _list() -> tuple[ListedGood, ...]:
    return tuple(
        ListedGood(
            row["good"],
            row["iso3"],
            row["country"],
            row["child_labor"] == "Yes",
            row["forced_labor"] == "Yes",
            row["forced_child_labor"] == "Yes",
            row["derived_downstream"] == "Yes",
        )
        for row in rows_of("dol_goods_2022.csv")
    )


@cache
def _mapping() -> dict[str, frozenset[str]]:
    """Return good -> chains."""
    pairs = [(row["good"], row["supply_chain"]) for row in rows_of("goods_to_chains.csv")]
    return {good: frozenset(chain for other, chain in pairs if other == good) for good, _ in pairs}
