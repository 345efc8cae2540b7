"""What the data say about each person's supply chains: own product and industry, or what the household or the area produces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import narwhals.stable.v2 as nw

from prevalence.classify.answers import (
    Answer,
    any_of,
    check_answers,
    check_numbers,
    distinct,
    either,
    equals,
    first_known,
    keep_answers,
    never,
    reported,
)
from prevalence.classify.chains import ChainTable, Verdict, isic_codes, product_name
from prevalence.errors import ColumnError, DataError, counted, listed
from prevalence.rows import Frame, require_columns
from prevalence.survey import Survey

PRODUCTS = ("product", "product_2")
OTHER = "other"
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
    method, stage : narwhals expressions
        Text or null: the strongest evidence of a row, and the stage of its industry class (None where industry is not in the data).
    notes : tuple of str
        For the provenance.
    refuted : narwhals expression, optional
        Rows that name a product but do not work.
    """

    frame: Frame
    answers: Mapping[str, Answer]
    anyone: Answer
    method: nw.Expr
    stage: nw.Expr | None
    notes: tuple[str, ...] = ()
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
    frame, answers, anyone = _kept(survey.frame, answers)
    answered = either(answer.known for answer in answers.values())
    notes = tuple(f"supply_chain: column {prefix + chain!r} names no chain of the table and was not used." for chain in strangers)
    return Evidence(frame, answers, anyone, nw.when(answered).then(nw.lit(METHODS[exposure])), None, notes)


def own(survey: Survey, table: ChainTable, wanted: tuple[str, ...] | None) -> Evidence:
    """Return what a person's own product and industry say."""
    columns = survey.columns
    products = [column for column in PRODUCTS if column in columns]
    if not products and "isic" not in columns:
        raise ColumnError(
            "exposure='own' needs the product or crop of a person's work ('product') or its industry ('isic', ISIC Rev.4); the data have "
            "neither, so nobody's chain can be told. Add one of them, or choose exposure='household' or 'area' where those are known."
        )
    named = {column: _products(survey.frame, column) for column in products}
    codes = isic_codes(distinct(survey.frame, "isic")) if "isic" in columns else {}
    chains = wanted or _spoken_of(table, named, codes)
    working = _working(survey)
    answers = {}
    for chain in chains:
        ordered = [*working, *_by_product(survey, table, chain, named), *_by_industry(survey, table, chain, codes)]
        answers[chain] = first_known(ordered)
    frame, answers, anyone = _kept(survey.frame, answers)
    method = _method(survey, table, anyone.known, chains, named, codes)
    stage = _stage(table, anyone.yes, codes) if "isic" in columns else None
    product = either([~nw.col(column).is_null() for column in products]) if products else None
    refuted = either(answer.no for answer in working) & product if working and product is not None else None
    return Evidence(frame, answers, anyone, method, stage, _strangers(table, named), refuted)


def _kept(frame: Frame, answers: Mapping[str, Answer]) -> tuple[Frame, dict[str, Answer], Answer]:
    frame, kept = keep_answers(frame, {f"chain_{chain}": answer for chain, answer in answers.items()})
    frame, anyone = keep_answers(frame, {"anyone": any_of(kept.values())})
    return frame, {chain: kept[f"chain_{chain}"] for chain in answers}, anyone["anyone"]


def _working(survey: Survey) -> list[Answer]:
    """Return a known lack of work as a no in every chain; work itself says nothing."""
    if "economic_activity" not in survey.columns:
        return []
    check_numbers(survey.frame, ["economic_activity"])
    check_answers(survey.frame, ["economic_activity"])
    return [Answer(never("economic_activity"), equals("economic_activity", 0))]


def _products(frame: Frame, column: str) -> list[str]:
    values = distinct(frame, column)
    numbers = [value for value in values if not isinstance(value, str)]
    if numbers:
        raise ColumnError(
            f"column {column!r} must hold names of products, such as 'cocoa'; found {counted(len(numbers), 'value')} that "
            f"{'is' if len(numbers) == 1 else 'are'} no text, for example {listed(numbers)}. Label the codes in the profile."
        )
    return sorted(str(value) for value in values if str(value).strip())


def _spoken_of(table: ChainTable, named: Mapping[str, list[str]], codes: Mapping[object, str]) -> tuple[str, ...]:
    products = {product for values in named.values() for product in values}
    found = [
        chain
        for chain in table.names
        if any(table.of_product(product, chain) == "yes" for product in products)
        or any(table.of_class(code, chain) in ("yes", "partial") for code in set(codes.values()))
    ]
    if not found:
        raise DataError(
            "No product and no industry class in the data identifies a supply chain: classes that pool chains (0127, 0729) and codes of two "
            "digits do not. Add the product question, give classes of four digits, or name `chains` to get their unknowns."
        )
    return tuple(found)


def _by_product(survey: Survey, table: ChainTable, chain: str, named: Mapping[str, list[str]]) -> list[Answer]:
    """Return what the product says: that of the main work decides; that of the second work adds a chain and never takes one away.

    "Other" is a no to the products that the question offered, and says nothing of chains that it did not offer.
    """
    if not named:
        return []
    levels = [level for column in named for level in survey.codebook.levels(column).values()]
    offered = {product_name(product) for products in (*named.values(), levels) for product in products}
    asked = chain in offered or any(chain in table.members(group) for group in offered)
    verdicts = {column: {product: _verdict(table, product, chain, asked) for product in named[column]} for column in named}
    yes = either(_values(column, verdict, "yes") for column, verdict in verdicts.items())
    if "product" not in verdicts:
        return [Answer(yes, yes)]
    unclear = either(_values(column, verdict, "unknown") for column, verdict in verdicts.items())
    return [Answer(yes, yes | (_values("product", verdicts["product"], "no") & ~unclear))]


def _verdict(table: ChainTable, product: str, chain: str, asked: bool) -> Verdict:
    return "unknown" if product_name(product) == OTHER and not asked else table.of_product(product, chain)


def _by_industry(survey: Survey, table: ChainTable, chain: str, codes: Mapping[object, str]) -> list[Answer]:
    if "isic" not in survey.columns:
        return []
    verdict = {value: table.of_class(code, chain) for value, code in codes.items()}
    yes = _values("isic", verdict, "yes", "partial")
    no = _values("isic", verdict, "no")
    narrowed = table.narrowed(chain)
    if narrowed is not None and "isco" in survey.columns:
        inside = _among("isic", [value for value, code in codes.items() if code == narrowed.isic])
        others = [value for value in distinct(survey.frame, "isco") if _digits(value) not in narrowed.isco]
        yes = yes & ~(inside & _among("isco", others))
    return [Answer(yes, yes | no)]


def _digits(value: object) -> str:
    return value.strip() if isinstance(value, str) else str(int(float(str(value))))


def _values(column: str, verdicts: Mapping[object, Verdict] | Mapping[str, Verdict], *wanted: Verdict) -> nw.Expr:
    """Return a flag of the rows whose value has one of the wanted verdicts."""
    return _among(column, [value for value, verdict in verdicts.items() if verdict in wanted])


def _among(column: str, values: Sequence[object]) -> nw.Expr:
    return nw.col(column).is_in(values).fill_null(value=False) if values else never(column)


def _method(
    survey: Survey,
    table: ChainTable,
    settled: nw.Expr,
    chains: tuple[str, ...],
    named: Mapping[str, list[str]],
    codes: Mapping[object, str],
) -> nw.Expr:
    """Return the strongest evidence of a row, null where there is none."""
    method = nw.lit(None, dtype=nw.String)
    if "isic" in survey.columns:
        partial = [value for value, code in codes.items() if any(table.of_class(code, chain) == "partial" for chain in chains)]
        method = nw.when(_among("isic", list(codes)) & settled).then(nw.lit("isic")).otherwise(method)
        method = nw.when(_among("isic", partial) & settled).then(nw.lit("isic_partial")).otherwise(method)
    for column, values in named.items():
        method = nw.when(_among(column, values)).then(nw.lit("product")).otherwise(method)
    for idle in _working(survey):
        method = nw.when(idle.known).then(nw.lit("not working")).otherwise(method)
    return method


def _stage(table: ChainTable, inside: nw.Expr, codes: Mapping[object, str]) -> nw.Expr:
    """Return the stage of the industry class of those in a chain, null where the class is not in the table."""
    stages = {value: table.stage(code) for value, code in codes.items()}
    stage = nw.lit(None, dtype=nw.String)
    for name in sorted({found for found in stages.values() if found}):
        here = _among("isic", [value for value, found in stages.items() if found == name])
        stage = nw.when(here & inside).then(nw.lit(name)).otherwise(stage)
    return stage


def _strangers(table: ChainTable, named: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Return a note on products that are no chain, so that a misspelt one is seen."""
    known = {*table.names, OTHER, *(entry.name for entry in table.rules.pooled)}
    strange = sorted({product for values in named.values() for product in values if product_name(product) not in known})
    return (
        (f"supply_chain: products that are no chain of the table were read as outside every chain: {listed(strange, limit=10)}.",)
        if strange
        else ()
    )
