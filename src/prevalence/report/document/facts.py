"""What the templates of a report may speak of: records of texts, numbers already as they are printed."""

from __future__ import annotations

from dataclasses import dataclass

from prevalence.provenance import Count, Definition


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """An estimate as it is printed.

    Attributes
    ----------
    label : str
        Whom it is of.
    value, interval, n : str
        Such as ``"23.4"``, ``"[10.8, 32.4]"``, ``"1,234"``; empty where nothing may be shown.
    shown : bool
        Whether it may be shown.
    """

    label: str
    value: str = ""
    interval: str = ""
    n: str = ""
    shown: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The main finding of a survey in a country.

    Attributes
    ----------
    place : str
        The country, empty if the files are of one that nobody named.
    indicator : str
        Its name within a sentence, such as ``"child labour"``.
    survey : str
    level : str
        Of the intervals, such as ``"95"``.
    whole : Figures
        Everyone in scope.
    female, male, gap : Figures or None
        Where both sexes may be shown; the gap is female minus male in percentage points.
    chain : Figures or None
        The supply chain furthest above everyone of those that are told apart from everyone, with the difference in percentage points;
        None where the interval of no difference is wholly above zero.
    chains : bool
        Whether the difference between any supply chain and everyone may be shown.
    """

    place: str
    indicator: str
    survey: str
    level: str
    whole: Figures
    female: Figures | None
    male: Figures | None
    gap: Figures | None
    chain: Figures | None
    chains: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a survey says beyond prevalence, such as hazards: a title, and the names of its places."""

    title: str
    figures: str
    tables: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One survey in one country, as a section of results: its finding, the names of its places, and its topics.

    Attributes
    ----------
    title : str
    finding : Finding or None
    figures, tables : str
        Places of what is told of the indicator itself.
    topics : tuple of Topic
    standard, standard_title : str
        Place of the standard tables, and their heading; the heading is empty where there are none.
    """

    title: str
    finding: Finding | None
    figures: str
    tables: str
    topics: tuple[Topic, ...]
    standard: str
    standard_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One country."""

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFacts:
    """A stage of selection after the first."""

    unit: str
    strata: str
    fpc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignFacts:
    """The sampling design.

    Attributes
    ----------
    weight, strata, units, fpc, order : str
        Columns, crossed ones joined by ``x``; empty without one.
    n_strata, n_units, rows : str
        Numbers of strata, of primary units, and of rows of the files; empty where they are not known.
    normalised : bool
        Whether the weights add up to the sample.
    population : str
        Number of people that normalised weights were said to stand for.
    stages : tuple of StageFacts
    replicates, replicate_columns, replicate_scale : str
        Method of replicate weights, where they come from, their scale; empty without replicates.
    two_phase : str
        Which column says who is in the second phase; empty for one phase.
    selection, lonely, df : str
        Options of the design by their names.
    lonely_domains : bool
    """

    weight: str
    strata: str
    units: str
    fpc: str
    order: str
    n_strata: str
    n_units: str
    rows: str
    normalised: bool
    population: str
    stages: tuple[StageFacts, ...]
    replicates: str
    replicate_columns: str
    replicate_scale: str
    two_phase: str
    selection: str
    lonely: str
    lonely_domains: bool
    df: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """A step of the weighting plan: name, column of the weights after it, parameters, how variances follow, what it said."""

    name: str
    weight: str
    parameters: str
    variance: str
    counts: tuple[Count, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How the numbers of one survey were made.

    Attributes
    ----------
    title, survey, indicator, profile : str
    universe, reference_period, respondent, frame, response_rate : str
        As the configuration says, empty where it does not.
    design : DesignFacts
    plan : tuple of StepFacts
    definitions : tuple of Definition
        Of what the report shows.
    unknown : str
        What was done with unknown answers: ``"official"``, ``"exclude"``, ``"as_no"``, ``"bounds"``; empty if not said.
    interval, level : str
        Of proportions.
    number_interval : str
        Of numbers of people, empty where there are none.
    compares, in_chain : bool
        Whether there are differences, and indicators within a chain.
    notes, left_out : tuple of str
    places : Places
    """

    title: str
    survey: str
    indicator: str
    profile: str
    universe: str
    reference_period: str
    respondent: str
    frame: str
    response_rate: str
    design: DesignFacts
    plan: tuple[StepFacts, ...]
    definitions: tuple[Definition, ...]
    unknown: str
    interval: str
    level: str
    number_interval: str
    compares: bool
    in_chain: bool
    notes: tuple[str, ...]
    left_out: tuple[str, ...]
    places: MethodPlaces


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodPlaces:
    """Names of the tables of a method: definitions, files that were read, rows that were dropped or changed."""

    definitions: str
    files: str
    counts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What readers should know before they use a figure.

    Attributes
    ----------
    publish : bool
        Whether weak and small cells are withheld.
    rows, withheld : str
        Numbers of estimates and of those withheld.
    reasons : tuple of Figures
        A reason as label and its number of estimates as value.
    rule, rule_source : str
        The reliability rule.
    remarks : tuple of Figures
        A remark on estimates as label and their number as value.
    place : str
        Name of the table of withheld estimates by table.
    """

    publish: bool
    rows: str
    withheld: str
    reasons: tuple[Figures, ...]
    rule: str
    rule_source: str
    remarks: tuple[Figures, ...]
    place: str
