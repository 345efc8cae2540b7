"""An indicator inside each supply chain, over everyone: child labour in cocoa among all children."""

from __future__ import annotations

from dataclasses import replace

import narwhals.stable.v2 as nw

from prevalence.classify.answers import all_of, check_answers, one_zero, reported, scope
from prevalence.classify.chains._supply_chain import FAMILY
from prevalence.errors import DefinitionError
from prevalence.provenance import Definition, Variable
from prevalence.rows import require_columns, with_columns
from prevalence.survey import Family, Survey


def in_chain(survey: Survey, indicator: str) -> Survey:
    """Add ``<indicator>_in_<chain>`` for each chain: 1 for those who have the indicator and work in the chain, over everyone in scope.

    Parameters
    ----------
    survey : Survey
        After ``supply_chain(survey, exposure="own")``.
    indicator : str
        A 0/1/null column, such as ``"child_labour"``.

    Returns
    -------
    Survey
        A column is 0 where the indicator or the chain is 0, 1 where both are 1, null where that stays open, and null outside the
        scope of the indicator (where ``<indicator>_unknown`` is null; without that column, where the indicator is null).

    Raises
    ------
    ColumnError
        If the indicator is not in the data or not 0/1/null.
    DefinitionError
        If the chains are not those of own work.

    Notes
    -----
    The form of the cocoa surveys. At 5-11 any work is child labour, so the share of children *working in* a chain who are in child
    labour is an artefact; child labour in the chain over all children is not.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 1.0, "child_labour": [1.0, 0.0, 1.0], "product": ["cocoa", "cocoa", "other"]})
    >>> children = pv.classify.supply_chain(pv.Survey(data, pv.Design(weight="w")), exposure="own")
    >>> pv.classify.in_chain(children, "child_labour").data["child_labour_in_cocoa"].tolist()
    [1.0, 0.0, 0.0]
    """
    family = _own_family(survey)
    require_columns(survey.data, [indicator])
    check_answers(survey.frame, [indicator])
    within = scope(survey, indicator)
    columns: dict[str, nw.Expr] = {}
    titles: dict[str, str] = {}
    for chain, member in family.members.items():
        name, title = f"{indicator}_in_{chain}", f"in the {chain.replace('_', ' ')} supply chain"
        both = all_of([reported(indicator), reported(member)])
        columns[name] = one_zero(both.yes, known=within & both.known)
        columns[f"{name}_unknown"] = one_zero(~both.known, known=within)
        titles |= {name: title, f"{name}_unknown": f"{title}: unknown"}
    base = survey.provenance.definitions.get(indicator)
    definitions = {name: _extended(base, name, title) for name, title in titles.items()} if base else {}
    label = survey.codebook.label(indicator)
    return survey.grown(
        with_columns(survey.frame, columns),
        codebook=survey.codebook.with_variables({name: Variable(label=f"{label}, {title}") for name, title in titles.items()}),
        provenance=survey.provenance.add(definitions=definitions),
    )


def in_chain_columns(survey: Survey, indicator: str) -> tuple[str, ...]:
    """Return the columns that `in_chain` made of an indicator, in the display order of the chains.

    Raises
    ------
    ColumnError
        If they are not in the data.
    DefinitionError
        If the chains are not those of own work.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 1.0, "child_labour": [1.0, 0.0], "product": ["coffee", "cocoa"]})
    >>> children = pv.classify.supply_chain(pv.Survey(data, pv.Design(weight="w")), exposure="own")
    >>> pv.classify.in_chain_columns(pv.classify.in_chain(children, "child_labour"), "child_labour")
    ('child_labour_in_cocoa', 'child_labour_in_coffee')
    """
    columns = tuple(f"{indicator}_in_{chain}" for chain in _own_family(survey).members)
    require_columns(survey.data, columns)
    return columns


def _own_family(survey: Survey) -> Family:
    family = survey.families.get(FAMILY)
    if family is None or family.exposure != "own":
        found = "no chains were classified" if family is None else f"the chains are of exposure {family.exposure!r}"
        raise DefinitionError(
            f"An indicator in a chain needs the chains of a person's own work; {found}. "
            "Call pv.classify.supply_chain(survey, exposure='own') before."
        )
    return family


def _extended(base: Definition, name: str, title: str) -> Definition:
    return replace(base, indicator=name, title=f"{base.title}, {title}")
