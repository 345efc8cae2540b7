"""Which variance rule a design has."""

from __future__ import annotations

import warnings

from prevalence.aggregate import Pass, StreamedPass, factors_of
from prevalence.design import Design, Replicates
from prevalence.errors import PrevalenceWarning
from prevalence.formulas.deviation import doubt, scales_of
from prevalence.formulas.replicated import ReplicateRule
from prevalence.formulas.rules import EstimatingRule, Linearised
from prevalence.formulas.selection import selection_form
from prevalence.formulas.streamed import Streamed
from prevalence.formulas.two_phase import two_phase_rule
from prevalence.formulas.variance import Lonely


def rule_of(design: Design, read: Pass | StreamedPass) -> EstimatingRule:
    """Return the rule of a design for the units of one reading of the rows."""
    lonely = Lonely(design.lonely_psu, design.lonely_domains)
    if isinstance(read, StreamedPass):
        return Streamed(read.moments, read.units.primary, lonely, design.df_rule)
    if design.replicates is not None:
        if design.replicates.created:
            return _created(design, design.replicates, read)
        return _of_the_file(design, design.replicates, read)
    if read.units.second is not None and design.two_phase is not None:
        second = read.units.second
        return two_phase_rule(
            read.units,
            second.stage,
            second.drawn,
            method=design.two_phase.method,
            lonely=design.lonely_psu,
            df_rule=design.df_rule,
        )
    form = None
    if design.selection != "independent":
        form = selection_form(
            design.selection,
            read.units.primary,
            sequence=read.units.sequence,
            probability=read.units.probability,
            lonely=design.lonely_psu,
        )
    return Linearised(read.units, lonely, design.df_rule, form, read.adjusted)


def _created(design: Design, replicates: Replicates, read: Pass) -> EstimatingRule:
    """Return the rule of replicates made from the primary units."""
    made = factors_of(design, read.units) if read.factors is None else read.factors
    return ReplicateRule(read.units, design.df_rule, made.scales, replicates.mse, made, df=replicates.df)


def _of_the_file(design: Design, replicates: Replicates, read: Pass) -> EstimatingRule:
    """Return the rule of replicate weights that came with the file."""
    columns = read.replicates
    assert columns is not None
    said = doubt(columns.mean_weight, columns.mean_replicate, combined=replicates.combined)
    if said:
        warnings.warn(said, PrevalenceWarning, stacklevel=2)
    scales = scales_of(
        replicates.method,
        columns.count,
        scale=replicates.scale,
        rscales=replicates.rscales,
        fay_rho=replicates.fay_rho,
    )
    known = bool(design.units)
    return ReplicateRule(read.units, design.df_rule, scales, replicates.mse, known_units=known, df=replicates.df)
