"""Supply chains: who works in a chain, or lives in a household or an area that produces for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals.stable.v2 as nw

from prevalence.classify.answers import check_numbers, compares, either, missing, one_zero, tally, without_kept
from prevalence.classify.chains.evidence import Evidence, linked
from prevalence.classify.chains.own_work import own
from prevalence.classify.chains.table import ChainTable, chain_table
from prevalence.errors import DefinitionError, check_option
from prevalence.provenance import Count, Definition, Variable
from prevalence.rows import Frame, with_columns
from prevalence.survey import Family, Survey

EXPOSURES = ("household", "area", "own")
FAMILY = "supply_chain"
JOBS = ("main", "all")
BESIDE = (FAMILY, "supply_chain_method", "supply_chain_stage", "supply_chain_job", "chain_any")


def supply_chain(
    survey: Survey,
    *,
    exposure: str = "household",
    chains: Sequence[str] | None = None,
    jobs: str = "all",
    revision: str = "detect",
    isco_revision: str = "detect",
) -> Survey:
    """Add one 0/1/null column a supply chain and the family ``supply_chain``; a person may be in several chains.

    Parameters
    ----------
    survey : Survey
        ``exposure="own"`` reads ``product`` (names of chains or other products), ``isic`` (ISIC Rev.4), ``isco``, those of the second job
        (``product_2``, ``isic_2``) and ``economic_activity``; ``"household"`` reads ``household_product_<chain>``, ``"area"`` reads
        ``area_product_<chain>`` (0/1/null).
    exposure : {"household", "area", "own"}
        Lives in a producing household; lives in a producing area; works in the chain.
    chains : sequence of str, optional
        Names of the table; default: all that the data can speak of.
    jobs : {"all", "main"}
        Of own work: whether a second job may put a person into a chain, or the main job alone counts, as in official sector tables.
    revision : {"detect", "isic4"}
        Of own work: the revision of ``isic`` is told from codes that exist in one revision alone. ``"isic4"`` vouches for codes that exist
        in Rev.4 and Rev.3.1 (1410 is apparel in one and quarrying in the other), and for strays, which are then read as their division.
    isco_revision : {"detect", "isco08"}
        The same of ``isco``, which is read where the table narrows a class by occupation (brick kilns).

    Returns
    -------
    Survey
        With ``chain_<name>`` (0/1/null), ``chain_any`` (any of them), ``supply_chain`` (a chain, ``"several"``, ``"none"``,
        ``"not identifiable"``), ``supply_chain_method`` (``product``, ``isic``, ``isic_partial``, ``not working``, ``household_linked``, ``area``)
        and, for own exposure, ``supply_chain_stage`` (with ``isic``; that of the job in the chain) and ``supply_chain_job`` (``main``,
        ``second``, ``both``; with a second job under ``jobs="all"``). A second call replaces what the first one made.

    Raises
    ------
    ColumnError
        If the data have no crop, product or industry column that the exposure can use.
    DataError
        If the industry codes cannot be ISIC Rev.4, are of another revision, mix two, or exist in both with other meanings; or if no value
        identifies a chain.
    OptionError
        If an option or a chain is unknown.

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
    check_option("jobs", jobs, JOBS)
    table = chain_table()
    wanted = table.check(chains) if chains is not None else None
    if exposure == "own":
        evidence = own(survey, table, wanted, jobs=jobs, revision=revision, isco_revision=isco_revision)
    else:
        evidence = linked(survey, table, wanted, exposure)
    members = {chain: f"chain_{chain}" for chain in evidence.answers}
    columns = {members[chain]: one_zero(answer.yes, known=answer.known) for chain, answer in evidence.answers.items()}
    columns |= _display(evidence, table)
    family = _family(survey, members, exposure)
    options = {"exposure": exposure, **({"jobs": jobs} if exposure == "own" else {})}
    definitions = _records(table, members, options, family.denominator)
    labels = {column: Variable(label=definition.title) for column, definition in definitions.items()}
    levels = (*members, "several", "none", "not identifiable")
    labels[FAMILY] = Variable(label="Supply chain", levels={level: level for level in levels})
    return survey.grown(
        without_kept(with_columns(_without_family(evidence.frame, survey), columns)),
        codebook=survey.codebook.with_variables(labels),
        provenance=survey.provenance.add(
            definitions=definitions, counts=_counts(evidence, exposure), notes=(*evidence.notes, _note(family))
        ),
        families={FAMILY: family},
    )


def chain_columns(survey: Survey) -> tuple[str, ...]:
    """Return the columns of the supply chains in display order, to ask for the share of people in each.

    Parameters
    ----------
    survey : Survey
        After ``supply_chain``.

    Returns
    -------
    tuple of str
        ``("chain_cocoa", ...)``.

    Raises
    ------
    DefinitionError
        If no chains were classified.

    Notes
    -----
    A person may be in several chains, so these are shares with multiple response: ``pv.prevalence(survey, chain_columns(survey),
    among="child_labour")`` is the share of children in child labour who are in each chain; the shares may add up to more than 1, and
    ``chain_any`` has its own.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 1.0, "child_labour": 1.0, "product": ["cocoa", "cocoa"], "product_2": ["coffee", None]})
    >>> children = pv.classify.supply_chain(pv.Survey(data, pv.Design(weight="w")), exposure="own")
    >>> shares = pv.prevalence(children, pv.classify.chain_columns(children), among="child_labour")
    >>> shares.to_pandas()[["indicator", "estimate"]].values.tolist()
    [['chain_cocoa', 1.0], ['chain_coffee', 0.5]]
    """
    family = survey.families.get(FAMILY)
    if family is None:
        raise DefinitionError(
            "Shares of chains need classified chains; there are none. Call pv.classify.supply_chain(survey) before."
        )
    return tuple(family.members.values())


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
    return columns | dict(evidence.beside)


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
    open_rows = tuple(Count(step="classify supply_chain", rows=rows, reason=reason) for reason, rows in found.items() if rows)
    return evidence.counts + open_rows


def _records(
    table: ChainTable, members: Mapping[str, str], options: Mapping[str, str], denominator: str
) -> dict[str, Definition]:
    rules = table.rules
    titles = {
        column: denominator.replace("the chain", f"the {chain.replace('_', ' ')} chain") for chain, column in members.items()
    }
    titles |= {"chain_any": denominator.replace("the chain", "any of the chains"), FAMILY: denominator}
    return {
        column: Definition(
            indicator=column,
            name=f"{rules.name} ({options['exposure']})",
            version=rules.version,
            title=title,
            source=rules.source,
            status=rules.status,
            options=options,
        )
        for column, title in titles.items()
    }


def _note(family: Family) -> str:
    return (
        f"supply_chain: exposure {family.exposure!r}, {family.denominator}. A person may be in several chains: chains do not add up. "
        "'In the chain' means in the sector: which output is exported is not observed."
    )
