"""What a person's own product, industry and occupation say about supply chains, job by job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import narwhals.stable.v2 as nw

from prevalence.classify.answers import (
    Answer,
    check_answers,
    check_numbers,
    distinct,
    either,
    equals,
    first_known,
    keep,
    keep_answers,
    never,
)
from prevalence.classify.chains.evidence import Evidence, kept
from prevalence.classify.chains.industry import Industry, industries
from prevalence.classify.chains.table import ChainTable, Verdict, product_name
from prevalence.classify.revision import code_text, require_current
from prevalence.classify.values import among, texts
from prevalence.errors import ColumnError, DataError, listed
from prevalence.survey import Survey

OTHER = "other"
STEP = "classify supply_chain"


@dataclass(frozen=True, slots=True)
class Job:
    """What is known of one of the jobs of each person.

    Attributes
    ----------
    name : {"main", "second"}
    product : str, optional
        Column with the product, None if there is none; `products` are its names.
    industry : Industry, optional
    isco : str, optional
        Column with the occupation, used where the table narrows a class by it.
    """

    name: str
    product: str | None
    products: tuple[str, ...]
    industry: Industry | None
    isco: str | None = None


def own(
    survey: Survey, table: ChainTable, wanted: tuple[str, ...] | None, *, jobs: str, revision: str, isco_revision: str
) -> Evidence:
    """Return what a person's own product and industry say, in the main job or in all jobs."""
    found = _jobs(survey, jobs, revision)
    chains = wanted or _spoken_of(table, found)
    _check_isco(survey, table, found, chains, isco_revision)
    offered = _offered(survey, found)
    working = _working(survey)
    frame = survey.frame
    answers: dict[str, Answer] = {}
    hits: dict[str, list[nw.Expr]] = {job.name: [] for job in found}
    for chain in chains:
        verdicts = {job.name: _of_job(survey, table, chain, job, _asked(table, chain, offered)) for job in found}
        frame, stored = keep_answers(frame, {f"{name}_{chain}": answer for name, answer in verdicts.items()})
        for name in verdicts:
            hits[name].append(stored[f"{name}_{chain}"].yes)
        main, *others = (stored[f"{name}_{chain}"] for name in verdicts)
        answers[chain] = first_known([*working, _joined(main, others, _open(table, chain, found[1:]))])
    frame, answers, anyone = kept(frame, answers)
    idle = [answer.no for answer in working]
    frame, inside = keep(frame, {f"in_{name}": _inside(flags, idle) for name, flags in hits.items()})
    beside = {"supply_chain_method": _method(table, anyone, chains, found, idle)}
    beside |= _stage(table, found, list(inside.values())) | _job(list(inside.values()))
    named = [~nw.col(job.product).is_null() for job in found if job.product]
    return Evidence(
        frame,
        answers,
        anyone,
        beside,
        _strangers(table, found),
        tuple(count for job in found if job.industry for count in job.industry.counts),
        either(idle) & either(named) if idle and named else None,
    )


def _jobs(survey: Survey, jobs: str, revision: str) -> list[Job]:
    """Return the main job and, if all jobs count and the data speak of it, the second."""
    columns = survey.columns
    wanted = {"main": ("product", "isic")} | ({"second": ("product_2", "isic_2")} if jobs == "all" else {})
    present = {name: pair for name, pair in wanted.items() if name == "main" or set(pair) & set(columns)}
    if not any(set(pair) & set(columns) for pair in present.values()):
        raise ColumnError(
            "exposure='own' needs the product or crop of a person's work ('product') or its industry ('isic', ISIC Rev.4); the data have "
            "neither, so nobody's chain can be told. Add one of them, or choose exposure='household' or 'area' where those are known."
        )
    coded = [isic for _, isic in present.values() if isic in columns]
    read = {found.column: found for found in industries(survey.frame, coded, revision=revision, step=STEP)} if coded else {}
    return [
        Job(
            name,
            product if product in columns else None,
            tuple(texts(survey.frame, product, "names of products, such as 'cocoa'")) if product in columns else (),
            read.get(isic),
            "isco" if name == "main" and "isco" in columns else None,
        )
        for name, (product, isic) in present.items()
    ]


def _spoken_of(table: ChainTable, jobs: list[Job]) -> tuple[str, ...]:
    products = {product for job in jobs for product in job.products}
    codes = {code for job in jobs if job.industry for code in job.industry.codes.values()}
    found = [
        chain
        for chain in table.names
        if any(table.of_product(product, chain) == "yes" for product in products)
        or any(table.of_class(code, chain) in ("yes", "partial") for code in codes)
    ]
    if not found:
        raise DataError(
            "No product and no industry class in the data identifies a supply chain: classes that pool chains (0127, 0729) and codes of two "
            "digits do not. Add the product question, give classes of four digits, or name `chains` to get their unknowns."
        )
    return tuple(found)


def _check_isco(survey: Survey, table: ChainTable, jobs: list[Job], chains: tuple[str, ...], revision: str) -> None:
    """Read occupations only where a class of the data is narrowed by them; they must then be ISCO-08."""
    notes = [table.narrowed(chain) for chain in chains]
    used = {note.isic for note in notes if note is not None}
    if any(job.isco and job.industry and used & set(job.industry.codes.values()) for job in jobs):
        codes = [code_text(value) for value in distinct(survey.frame, "isco")]
        require_current(codes, column="isco", classification="isco", revision=revision, option="isco_revision")


def _working(survey: Survey) -> list[Answer]:
    """Return a known lack of work as a no in every chain; work itself says nothing."""
    if "economic_activity" not in survey.columns:
        return []
    check_numbers(survey.frame, ["economic_activity"])
    check_answers(survey.frame, ["economic_activity"])
    return [Answer(never("economic_activity"), equals("economic_activity", 0))]


def _offered(survey: Survey, jobs: list[Job]) -> set[str]:
    """Return the products that the question offered: those of its levels, and those that were named."""
    levels = [level for job in jobs if job.product for level in survey.codebook.levels(job.product).values()]
    return {product_name(product) for products in (*(job.products for job in jobs), levels) for product in products}


def _asked(table: ChainTable, chain: str, offered: set[str]) -> bool:
    return chain in offered or any(chain in table.members(group) for group in offered)


def _of_job(survey: Survey, table: ChainTable, chain: str, job: Job, asked: bool) -> Answer:
    """Return what a job says: its product decides, else its industry.

    "Other" is a no to the products that the question offered, and says nothing of chains that it did not offer.
    """
    parts = []
    if job.product is not None:
        parts.append(_flags(job.product, {product: _verdict(table, product, chain, asked) for product in job.products}))
    if job.industry is not None:
        parts.append(_by_industry(survey, table, chain, job, job.industry))
    blank = never(survey.design.weight)
    return first_known(parts) if parts else Answer(blank, blank)


def _verdict(table: ChainTable, product: str, chain: str, asked: bool) -> Verdict:
    return "unknown" if product_name(product) == OTHER and not asked else table.of_product(product, chain)


def _by_industry(survey: Survey, table: ChainTable, chain: str, job: Job, found: Industry) -> Answer:
    answer = _flags(found.column, {value: table.of_class(code, chain) for value, code in found.codes.items()})
    narrowed = table.narrowed(chain)
    if narrowed is None or job.isco is None:
        return answer
    inside = among(found.column, [value for value, code in found.codes.items() if code == narrowed.isic])
    others = [value for value in distinct(survey.frame, job.isco) if code_text(value) not in narrowed.isco]
    yes = answer.yes & ~(inside & among(job.isco, others))
    return Answer(yes, yes | answer.no)


def _flags(column: str, verdicts: Mapping[object, Verdict] | Mapping[str, Verdict]) -> Answer:
    yes = among(column, [value for value, verdict in verdicts.items() if verdict in ("yes", "partial")])
    return Answer(yes, yes | among(column, [value for value, verdict in verdicts.items() if verdict == "no"]))


def _open(table: ChainTable, chain: str, others: list[Job]) -> list[nw.Expr]:
    """Return flags of the rows whose further job may be in the chain: a group named for its member, or a class that pools."""
    flags = []
    for job in others:
        if job.product is not None:
            unclear = [p for p in job.products if table.of_product(p, chain) == "unknown"]
            flags.append(among(job.product, unclear))
        if job.industry is not None:
            codes = job.industry.codes.items()
            flags.append(among(job.industry.column, [value for value, code in codes if table.of_class(code, chain) == "unknown"]))
    return flags


def _joined(main: Answer, others: list[Answer], unclear: list[nw.Expr]) -> Answer:
    """Return the answer over all jobs: a further job adds a chain, and leaves it open where it may be in it; silence is no job."""
    if not others:
        return main
    yes = either([main.yes, *(other.yes for other in others)])
    settled = either(other.known for other in others) | ~either(unclear) if unclear else main.known
    return Answer(yes, yes | (main.no & settled))


def _inside(flags: list[nw.Expr], idle: list[nw.Expr]) -> nw.Expr:
    return either(flags) & ~either(idle) if idle else either(flags)


def _method(table: ChainTable, anyone: Answer, chains: tuple[str, ...], jobs: list[Job], idle: list[nw.Expr]) -> nw.Expr:
    """Return the strongest evidence of a row, null where there is none."""
    method = nw.lit(None, dtype=nw.String)
    industries = [job.industry for job in jobs if job.industry is not None]
    for found in industries:
        method = nw.when(among(found.column, found.codes) & anyone.known).then(nw.lit("isic")).otherwise(method)
    for found in industries:
        partial = [
            value for value, code in found.codes.items() if any(table.of_class(code, chain) == "partial" for chain in chains)
        ]
        method = nw.when(among(found.column, partial) & anyone.known).then(nw.lit("isic_partial")).otherwise(method)
    for job in jobs:
        if job.product is not None:
            other = [product for product in job.products if product_name(product) == OTHER]
            named = [product for product in job.products if product not in other]
            # "Other" is a no to the products offered; where a row is in a chain all the same, its industry said so.
            decided = among(job.product, named) | (among(job.product, other) & ~anyone.yes)
            method = nw.when(decided).then(nw.lit("product")).otherwise(method)
    for flag in idle:
        method = nw.when(flag).then(nw.lit("not working")).otherwise(method)
    return method


def _stage(table: ChainTable, jobs: list[Job], inside: list[nw.Expr]) -> dict[str, nw.Expr]:
    """Return the stage of the industry class of the job that is in a chain, the main one first; null where the table lacks the class."""
    if all(job.industry is None for job in jobs):
        return {}
    stage = nw.lit(None, dtype=nw.String)
    for job, flag in reversed(list(zip(jobs, inside, strict=True))):
        stages = {value: table.stage(code) for value, code in job.industry.codes.items()} if job.industry else {}
        column = job.industry.column if job.industry else ""
        for name in sorted({found for found in stages.values() if found}):
            here = among(column, [value for value, found in stages.items() if found == name])
            stage = nw.when(here & flag).then(nw.lit(name)).otherwise(stage)
    return {"supply_chain_stage": stage}


def _job(inside: list[nw.Expr]) -> dict[str, nw.Expr]:
    """Return which job is in a chain, where second jobs count."""
    if len(inside) < 2:
        return {}
    main, second = inside
    job = nw.when(main).then(nw.lit("main")).otherwise(nw.lit(None, dtype=nw.String))
    job = nw.when(second & ~main).then(nw.lit("second")).otherwise(job)
    return {"supply_chain_job": nw.when(second & main).then(nw.lit("both")).otherwise(job)}


def _strangers(table: ChainTable, jobs: list[Job]) -> tuple[str, ...]:
    """Return a note on products that are no chain, so that a misspelt one is seen."""
    known = {*table.names, OTHER, *(entry.name for entry in table.rules.pooled)}
    strange = sorted({product for job in jobs for product in job.products if product_name(product) not in known})
    return (
        (f"supply_chain: products that are no chain of the table were read as outside every chain: {listed(strange, limit=10)}.",)
        if strange
        else ()
    )
