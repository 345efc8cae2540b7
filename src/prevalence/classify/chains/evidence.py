"""What the data say about each person's supply chains; here: what the household or the area produces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import narwhals.stable.v2 as nw

from prevalence.classify.answers import Answer, any_of, check_answers, check_numbers, either, first_known, keep_answers, reported
from prevalence.classify.chains.table import ChainTable
from prevalence.errors import ColumnError
from prevalence.provenance import Count
from prevalence.rows import Frame, require_columns
from prevalence.survey import Survey

METHODS = {"household": "household_linked", "area": "area"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the data say of each person.

    Attributes
    ----------
    frame : narwhals frame
        The rows with working columns, which the answers refer to.
    answers : mapping of chain to Answer
    anyone : Answer
        Whether the person is in any of the chains.
    beside : mapping of column to narwhals expression
        Text or null: ``supply_chain_method``, the strongest evidence of a row; for own work ``supply_chain_stage`` and, where second
        jobs count, ``supply_chain_job``.
    notes : tuple of str
        For the provenance.
    counts : tuple of Count
        What was changed in reading the codes.
    refuted : narwhals expression, optional
        Rows that name a product but do not work.
    """

    frame: Frame
    answers: Mapping[str, Answer]
    anyone: Answer
    beside: Mapping[str, nw.Expr]
    notes: tuple[str, ...] = ()
    counts: tuple[Count, ...] = ()
    refuted: nw.Expr | None = None


def linked(survey: Survey, table: ChainTable, wanted: tuple[str, ...] | None, exposure: str) -> Evidence:
    """Return what the columns on the household or the area say."""
    prefix = f"{exposure}_product_"
    known = [column.removeprefix(prefix) for column in survey.columns if column.startswith(prefix)]
    strangers = [chain for chain in known if chain not in table.names]
    if not set(known) & set(table.names):
        raise ColumnError(
            f"exposure={exposure!r} needs columns {prefix}<chain> with 0, 1 and missing, such as {prefix + 'cocoa'!r}; the data have none"
            f"{' with the name of a chain' if strangers else ''}. Add what the {exposure} produces, or choose another exposure; "
            "a child's own industry is not asked in MICS."
        )
    chains = wanted or table.check(chain for chain in known if chain in table.names)
    require_columns(survey.data, [prefix + chain for chain in chains])
    columns = [prefix + chain for chain in known if chain in table.names]
    check_numbers(survey.frame, columns)
    check_answers(survey.frame, columns)
    answers = {}
    for chain in chains:
        held = [reported(prefix + member) for member in table.members(chain) if member in known]
        named = reported(prefix + chain)
        answers[chain] = first_known([Answer(either(m.yes for m in held), either(m.yes for m in held)), named]) if held else named
    frame, answers, anyone = kept(survey.frame, answers)
    answered = either(answer.known for answer in answers.values())
    method = nw.when(answered).then(nw.lit(METHODS[exposure]))
    notes = tuple(f"supply_chain: column {prefix + chain!r} names no chain of the table and was not used." for chain in strangers)
    return Evidence(frame, answers, anyone, {"supply_chain_method": method}, notes)


def kept(frame: Frame, answers: Mapping[str, Answer]) -> tuple[Frame, dict[str, Answer], Answer]:
    """Return the frame with the answers on each chain and on any of them as working columns, and references to them."""
    frame, stored = keep_answers(frame, {f"chain_{chain}": answer for chain, answer in answers.items()})
    frame, anyone = keep_answers(frame, {"anyone": any_of(stored.values())})
    return frame, {chain: stored[f"chain_{chain}"] for chain in answers}, anyone["anyone"]
