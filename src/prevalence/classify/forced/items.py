"""Which columns answer which item of a forced labour definition, job by job."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prevalence.classify.forced.standards import AnyForcedStandard, ChildrenStandard, GradedStandard, RuleTableStandard
from prevalence.classify.standards import ForcedLabourStandard
from prevalence.errors import DefinitionError, counted, listed, suggestion

MODES = ("experienced", "threatened", "witnessed")
"""How coercion met the worker, where asked one by one; each of them counts (20th ICLS)."""

SUFFIX = re.compile(r"(?P<item>.+)_job(?P<number>\d+)")


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a definition and the columns that may answer it.

    Attributes
    ----------
    name, group : str
        Name of the item, and of the part of the definition that it belongs to.
    finer : tuple of str
        Further columns: a yes in one of them is a yes.
    whole : bool
        Whether the finer columns together say as much as the item; otherwise their no is no answer.
    """

    name: str
    group: str
    finer: tuple[str, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Job:
    """The columns that speak of one job.

    Attributes
    ----------
    number : int
    columns : mapping of item to columns
        Items that the data have.
    adding : mapping of item to columns
        Columns whose yes counts and whose no says nothing.
    held : str or None
        Column that says whether the person has the job.
    """

    number: int
    columns: Mapping[str, tuple[str, ...]]
    adding: Mapping[str, tuple[str, ...]]
    held: str | None = None

    @property
    def answers(self) -> tuple[str, ...]:
        """All columns with answers, each once."""
        given = [name for columns in (*self.columns.values(), *self.adding.values()) for name in columns]
        return tuple(dict.fromkeys(given))


def items_of(rule: AnyForcedStandard) -> tuple[Item, ...]:
    """Return the items of a definition in order."""
    if isinstance(rule, ForcedLabourStandard):
        modes = {item.item: MODES if item.element == "coercion" else () for item in rule.items}
        return tuple(Item(item.item, item.element, tuple(f"{item.item}_{m}" for m in modes[item.item])) for item in rule.items)
    if isinstance(rule, GradedStandard):
        return tuple(Item(item.item, item.dimension) for item in rule.items)
    if isinstance(rule, RuleTableStandard):
        return tuple(Item(item.indicator, item.domain) for item in rule.items)
    return tuple(Item(entry.name, entry.name, entry.parts or entry.adds, whole=not entry.adds) for entry in rule.inputs)


def jobs_of(rule: AnyForcedStandard, columns: tuple[str, ...], indicators: Mapping[str, str], *, wide: bool) -> tuple[Job, ...]:
    """Return the jobs that the columns describe.

    Parameters
    ----------
    rule : definition
    columns : tuple of str
        Columns of the data.
    indicators : mapping of column to item
        The user's names; columns that it gives an item replace the column of the item's own name.
    wide : bool
        Whether further jobs stand in the same row, with a suffix.

    Raises
    ------
    DefinitionError
        If a mapped column is absent, or an item unknown.
    """
    items = items_of(rule)
    wide = wide and not isinstance(rule, ChildrenStandard)
    _check_indicators(rule, columns, indicators, wide=wide)
    numbers = {1}
    if wide:
        known = {name for item in items for name in (item.name, *item.finer)}
        matches = (SUFFIX.fullmatch(name) for name in (*columns, *indicators.values()))
        numbers |= {int(match["number"]) for match in matches if match and match["item"] in known}
    return tuple(_job(number, items, columns, indicators, wide=wide) for number in sorted(numbers))


def _check_indicators(rule: AnyForcedStandard, columns: tuple[str, ...], indicators: Mapping[str, str], *, wide: bool) -> None:
    known = [item.name for item in items_of(rule)]
    for column, item in indicators.items():
        if column not in columns:
            raise DefinitionError(
                f"indicators maps the column {column!r}, which is not in the data.{suggestion(column, columns)}"
            )
        match = SUFFIX.fullmatch(item) if wide else None
        if item not in known and (match is None or match["item"] not in known):
            raise DefinitionError(
                f"indicators must map columns to items of {rule.name!r}; {item!r} is none.{suggestion(item, known)} "
                f"The items are {listed(known, limit=9)}."
            )


def _job(number: int, items: tuple[Item, ...], columns: tuple[str, ...], indicators: Mapping[str, str], *, wide: bool) -> Job:
    suffix = "" if number == 1 else f"_job{number}"
    given: dict[str, tuple[str, ...]] = {}
    adding: dict[str, tuple[str, ...]] = {}
    for item in items:
        mapped = tuple(column for column, name in indicators.items() if name == f"{item.name}{suffix}")
        own = mapped or tuple(name for name in (f"{item.name}{suffix}",) if name in columns)
        finer = tuple(name for name in (f"{part}{suffix}" for part in item.finer) if name in columns)
        if item.whole:
            own += finer
        elif finer:
            adding[item.name] = finer
        if own:
            given[item.name] = own
    held = f"job{number}"
    return Job(number, given, adding, held if wide and number > 1 and held in columns else None)


def check_coverage(rule: AnyForcedStandard, jobs: Sequence[Job]) -> tuple[str, ...]:
    """Return what the data lack in words, or raise `DefinitionError` where the definition cannot be applied to them."""
    job = jobs[0]
    if isinstance(rule, ForcedLabourStandard):
        _check_elements(rule, job)
    elif isinstance(rule, GradedStandard):
        _check_dimensions(rule, job)
    else:
        for each in jobs:
            _check_all(rule, each)
    lacking = [item.name for item in items_of(rule) if item.name not in job.columns]
    notes = (f"the data lack {counted(len(lacking), 'item')} of {rule.name}: {', '.join(lacking)}.",) if lacking else ()
    return (*notes, *_one_sided(rule, job))


def _one_sided(rule: AnyForcedStandard, job: Job) -> tuple[str, ...]:
    """Return a note for each dimension of which one side alone was asked, or nothing."""
    if not isinstance(rule, GradedStandard):
        return ()
    asked = {
        dimension: {i.element for i in rule.items if i.item in job.columns and i.dimension == dimension}
        for dimension in rule.dimensions.values()
    }
    none = tuple(
        f"nothing was asked on the dimension {dimension!r}; it was left out." for dimension, sides in asked.items() if not sides
    )
    return none + tuple(
        f"nothing but {next(iter(sides))} was asked on the dimension {dimension!r}; it is unknown unless that is no."
        for dimension, sides in asked.items()
        if len(sides) == 1
    )


def _check_elements(rule: ForcedLabourStandard, job: Job) -> None:
    for element in ("involuntary", "coercion"):
        if not any(name in job.columns for name in rule.names(element)):
            raise DefinitionError(
                f"Definition {rule.name!r} needs items of both elements; none on {element} is in the data "
                f"(looked for {listed(rule.names(element), limit=9)}). Map them in the profile as 0, 1 and missing."
            )


def _check_dimensions(rule: GradedStandard, job: Job) -> None:
    sides = {(item.dimension, item.element) for item in rule.items if item.item in job.columns}
    if not any({(dimension, "involuntariness"), (dimension, "penalty")} <= sides for dimension in rule.dimensions.values()):
        examples = listed([item.item for item in rule.items])
        raise DefinitionError(
            f"Definition {rule.name!r} needs, in at least one dimension, items of involuntariness and of penalty; the data have "
            f"{len(job.columns)} of its {len(rule.items)} items and no such dimension. Name the columns as its list does ({examples}), "
            "or say which is which with indicators={column: item}."
        )


def _check_all(rule: ChildrenStandard | RuleTableStandard, job: Job) -> None:
    absent = [item.name for item in items_of(rule) if item.name not in job.columns]
    if absent and isinstance(rule, ChildrenStandard):
        raise DefinitionError(
            f"Definition {rule.name!r} needs all its inputs, as columns of 0, 1 and missing; the data lack {listed(absent, limit=9)}. "
            "Add them, map them with indicators={column: input}, or write a definition file with the routes that were asked: "
            "a route that was not asked would leave every child unknown who is not in forced labour by another."
        )
    if absent:
        raise DefinitionError(
            f"A rule table needs the column of each of its indicators; the data lack {listed(absent, limit=9)}. "
            "Correct the names, or take the indicators out of the table and think of the minima again."
        )
