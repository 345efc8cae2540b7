"""Supply chains: who works in a chain, or lives in a household or an area that produces for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals.stable.v2 as nw

from prevalence.classify.answers import check_numbers, compares, either, missing, one_zero, tally, without_kept
from prevalence.classify.chains import ChainTable, chain_table
from prevalence.classify.evidence import Evidence, linked, own
from prevalence.errors import check_option
from prevalence.provenance import Count, Definition, Variable
from prevalence.rows import Frame
from prevalence.survey import Family, Survey

EXPOSURES = ("household", "area", "own")
FAMILY = "supply_chain"
BESIDE = (FAMILY, "supply_chain_method", "supply_chain_stage", "chain_any")


def supply_chain(survey: Survey, *, exposure: str = "household", chains: Sequence[str] | None = None) -> Survey:
    """Add one 0/1/null column a supply chain and the family ``supply_chain``; a person may be in several chains.

    Parameters
    ----------
    survey : Survey
        ``exposure="own"`` reads ``product`` and ``product_2`` (names of chains or other products), ``isic`` (ISIC Rev.4), ``isco`` and
        ``economic_activity``; ``"household"`` reads ``household_product_<chain>``, ``"area"`` reads ``area_product_<chain>`` (0/1/null).
    exposure : {"household", "area", "own"}
        Lives in a producing household; lives in a producing area; works in the chain.
    chains : sequence of str, optional
        Names of the table; default: all that the data can speak of.

    Returns
    -------
    Survey
        With ``chain_<name>`` (0/1/null), ``chain_any`` (any of them), ``supply_chain`` (a chain, ``"several"``, ``"none"``,
        ``"not identifiable"``), ``supply_chain_method`` (``product``, ``isic``, ``isic_partial``, ``not working``, ``household_linked``, ``area``)
        and, for own exposure with ``isic``, ``supply_chain_stage``. A second call replaces what the first one made.

    Raises
    ------
    ColumnError
        If the data have no crop, product or industry column that the exposure can use.
    DataError
        If the industry codes cannot be ISIC Rev.4, or no value identifies a chain.
    OptionError
        If `exposure` or a chain is unknown.

    Notes
    -----
    Own exposure: a product decides; else the industry class; a class that pools chains (0127: cocoa, coffee, tea) or is cut to two digits
    leaves them null, never guessed. A household's crop says nothing about the work of its members: it is an exposure of its own.
    Persons without work are 0 in every chain. Gold, coal and so on also count in ``mining`` (ISIC section B, where two digits suffice).

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 1.0, "product": ["cocoa", None, None], "isic": ["0127", "0127", "1410"]})
    >>> workers = pv.classify.supply_chain(pv.Survey(data, pv.Design(weight="w")), exposure="own")
    >>> workers.data[["chain_cocoa", "chain_garment", "supply_chain"]].values.tolist()
    [[1.0, 0.0, 'cocoa'], [nan, 0.0, 'not identifiable'], [0.0, 1.0, 'garment']]
    """
    check_option("exposure", exposure, EXPOSURES)
    table = chain_table()
    wanted = table.check(chains) if chains is not None else None
    evidence = own(survey, table, wanted) if exposure == "own" else linked(survey, table, wanted, exposure)
    members = {chain: f"chain_{chain}" for chain in evidence.answers}
    columns = {members[chain]: one_zero(answer.yes, known=answer.known) for chain, answer in evidence.answers.items()}
    columns |= _display(evidence, table)
    family = _family(survey, members, exposure)
    definitions = _records(table, members, exposure, family.denominator)
    labels = {column: Variable(label=definition.title) for column, definition in definitions.items()}
    levels = (*members, "several", "none", "not identifiable")
    labels[FAMILY] = Variable(label="Supply chain", levels={level: level for level in levels})
    return survey.grown(
        without_kept(_without_family(evidence.frame, survey).with_columns(**columns)),
        codebook=survey.codebook.with_variables(labels),
        provenance=survey.provenance.add(
            definitions=definitions, counts=_counts(evidence, exposure), notes=(*evidence.notes, _note(family))
        ),
        families={FAMILY: family},
    )


def _without_family(frame: Frame, survey: Survey) -> Frame:
    """Return the rows without the columns of an earlier call, which may be of another exposure."""
    earlier = survey.families.get(FAMILY)
    made = (*earlier.members.values(), *BESIDE) if earlier else ()
    return frame.drop([column for column in made if column in survey.columns])


def _display(evidence: Evidence, table: ChainTable) -> dict[str, nw.Expr]:
    """Return the columns beside the chains. A group is named only where none of its members is."""
    answers = evidence.answers
    single = {}
    for chain, answer in answers.items():
        held = [answers[member].yes for member in table.members(chain) if member in answers]
        single[chain] = answer.yes & ~either(held) if held else answer.yes
    several = _sum(list(single.values())) > 1
    anyone = evidence.anyone
    shown = nw.when(anyone.known).then(nw.lit("none")).otherwise(nw.lit("not identifiable"))
    for chain, yes in single.items():
        shown = nw.when(yes).then(nw.lit(chain)).otherwise(shown)
    columns = {
        "chain_any": one_zero(anyone.yes, known=anyone.known),
        FAMILY: nw.when(several).then(nw.lit("several")).otherwise(shown),
    }
    columns["supply_chain_method"] = evidence.method
    return columns if evidence.stage is None else columns | {"supply_chain_stage": evidence.stage}


def _sum(flags: list[nw.Expr]) -> nw.Expr:
    total = flags[0].cast(nw.Int64)
    for flag in flags[1:]:
        total = total + flag.cast(nw.Int64)
    return total


def _family(survey: Survey, members: Mapping[str, str], exposure: str) -> Family:
    """Return the family: of children where child labour was classified or all are under 18, else of persons."""
    children = "child_labour" in survey.provenance.definitions or _all_children(survey)
    people = "children" if children else "persons"
    denominators = {
        "own": f"{people} working in the chain",
        "household": f"{people} living in households that produce for the chain",
        "area": f"{people} living in areas that produce for the chain",
    }
    return Family(
        name=FAMILY,
        members=members,
        exposure=exposure,
        denominator=denominators[exposure],
        comparable=not (children and exposure == "own"),
    )


def _all_children(survey: Survey) -> bool:
    if "age" not in survey.columns:
        return False
    check_numbers(survey.frame, ["age"])
    found = tally(survey.frame, {"given": ~missing("age"), "adults": compares("age", ">=", 18)})
    return found["given"] > 0 and found["adults"] == 0


def _counts(evidence: Evidence, exposure: str) -> tuple[Count, ...]:
    reasons = {
        "own": "not identifiable: neither product nor industry settles it (no answer, a class that pools chains, or two digits)",
        "household": "not identifiable: what the household produces is unknown",
        "area": "not identifiable: what the area produces is unknown",
    }
    flags = {reasons[exposure]: ~evidence.anyone.known}
    if evidence.refuted is not None:
        flags["a product is named but the person does not work: counted as in no chain"] = evidence.refuted
    found = tally(evidence.frame, flags)
    return tuple(Count(step="classify supply_chain", rows=rows, reason=reason) for reason, rows in found.items() if rows)


def _records(table: ChainTable, members: Mapping[str, str], exposure: str, denominator: str) -> dict[str, Definition]:
    rules = table.rules
    titles = {
        column: denominator.replace("the chain", f"the {chain.replace('_', ' ')} chain") for chain, column in members.items()
    }
    titles |= {"chain_any": denominator.replace("the chain", "any of the chains"), FAMILY: denominator}
    return {
        column: Definition(
            indicator=column,
            name=f"{rules.name} ({exposure})",
            version=rules.version,
            title=title,
            source=rules.source,
            status=rules.status,
            options={"exposure": exposure},
        )
        for column, title in titles.items()
    }


def _note(family: Family) -> str:
    return (
        f"supply_chain: exposure {family.exposure!r}, {family.denominator}. A person may be in several chains: chains do not add up. "
        "'In the chain' means in the sector: which output is exported is not observed."
    )
