"""Pages of baselines: a record, a change between rounds, progress to a target; each one file that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

import numpy as np

from prevalence.baseline import Baseline, Change, Progress, RoundSeries
from prevalence.errors import OptionError, counted
from prevalence.plan.page import framed
from prevalence.plot import dots, trajectory
from prevalence.plot.axes import axes_apart
from prevalence.plot.files import rendered
from prevalence.plot.words import name_of
from prevalence.provenance import software
from prevalence.report.formats.html import html
from prevalence.report.page import Figure
from prevalence.report.tables.grid import Table
from prevalence.report.tables.rounds import baseline_table, change_tables, progress_tables

MORE_STYLE = """
.facts th { text-align: left; padding-right: 1rem; font-weight: 600; } .facts td { white-space: normal; max-width: 48rem; }
figure { margin: 1.2rem 0; } figure svg { width: 100%; max-width: 46rem; height: auto; }
.flag { border-left: 5px solid #D55E00; background: #fdf1e7; padding: .6rem 1rem; max-width: none; }
"""
Texts = tuple[str, ...]
FIGURE_SIZE = (7.0, 4.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A section: its title, a sentence, a figure as SVG with its words, facts by name, a table, a list."""

    title: str
    text: str = ""
    facts: Mapping[str, str] | None = None
    table: Table | None = None
    items: Texts = ()
    svg: str = ""
    alternative: str = ""


def record_page(baseline: Baseline) -> str:
    """Return a baseline record as a page: what, whom, when and how; rates and numbers by cell; how they were made."""
    record = baseline.record
    title = f"Baseline {baseline.year:g}: {name_of(record.what.indicator_code)}{f', {record.how.country}' if record.how.country else ''}"
    facts = {
        "Definition": f"{record.what.definition_id} ({record.what.definition_status or 'status not said'}): {record.what.definition_title}",
        "Hours": "; ".join(record.what.hours_thresholds),
        "Production boundary": record.what.production_boundary,
        "Hazardous work": record.what.hazard_rule,
        "Unknown answers": record.what.missing_rule,
        "Universe": record.whom.universe,
        "Ages": record.whom.age_range,
        "Reference period": record.whom.reference_period,
        "Respondent": record.whom.respondent,
        "Field work": " to ".join(str(day) for day in (record.when.fieldwork_start, record.when.fieldwork_end) if day),
        "Survey": record.how.survey,
        "Frame": record.how.frame,
        "Design": record.how.design,
        "Weights": "normalised to the sample size: no numbers of people"
        if record.how.weight_scale == "normalised"
        else "population",
        "Calibrated to": record.how.weight_calibration_totals,
        "Response rate": "" if record.how.response_rate is None else f"{record.how.response_rate:.1%}",
        "Sample": _sample(baseline),
        "Goal": _goal(baseline),
        "Files": "; ".join(f"{file.name} (sha256 {file.sha256[:16]}…)" for file in record.proof.files),
        "Schema": record.form,
    }
    kept = {name: text for name, text in facts.items() if text}
    blocks = [
        Block(title="What was measured", facts=kept),
        Block(title="Rates and numbers", text=_interval(baseline), table=baseline_table(baseline)),
    ]
    if record.proof.notes:
        blocks.append(Block(title="Notes", items=record.proof.notes))
    return _page(title, _lead_of_record(baseline), blocks)


def change_page(change: Change, *, title: str = "Change between two rounds") -> str:
    """Return a change as a page: rates, numbers with their parts, a figure where one dimension beside sex allows it, and notes."""
    lead = f"{change.rounds}; {change.samples}. Intervals at {100 * change.level:g}%."
    if len(change.change) > 1 and change.crossed and (change.difference.numbers.se > 0).all():
        test = change.test()
        lead += f" Joint test of no change in any cell: F({test.rank}, {test.df:.0f}) = {test.f:.2f}, p = {test.p_value:.3g}."
    tables = change_tables(change)
    blocks = [
        Block(
            title="Rates",
            text="Difference in percentage points with its t interval; relative change with limits on the log scale, or Fieller's where the old rate is noisy.",
            table=tables[0],
            svg=_dots(change),
            alternative="Change of the rate by cell with its interval.",
        )
    ]
    if len(tables) > 1:
        blocks.append(
            Block(
                title="Numbers of people",
                text="The change in number is the sum of two effects: the mean rate times the growth of the population, and the mean population times the change of the rate.",
                table=tables[1],
            )
        )
    if change.notes:
        blocks.append(Block(title="Notes", items=change.notes))
    words = {
        "D": "the definitions differ",
        "B": "the series has a break",
        "DB": "the definitions differ and the series has a break",
    }
    flag = f"Compared although {words[change.comparability]}; the notes say where." if change.comparability else ""
    return _page(title, lead, blocks, flag=flag)


def progress_page(rounds: RoundSeries, found: Progress, *, ending: float | None, drift: float, target: float | None) -> str:
    """Return progress to a target as a page; `target`, `ending` and `drift` as they were given to ``pv.baseline.progress``."""
    method = next(name for name in ("unicef", "wls", "two-point") if name == found.method)
    axes = trajectory(
        rounds.years.tolist(),
        rounds.values.tolist(),
        covariance=rounds.covariance.tolist(),
        target=target,
        target_year=found.target_year,
        kind=found.kind or "level",
        ending=ending,
        method=method,
        drift=drift,
        ax=axes_apart(*FIGURE_SIZE),
    )
    shown = _percent if rounds.of == "rate" else _count
    moved, unit = (_points, " points") if rounds.of == "rate" else (_count, "")
    series, classes = progress_tables(rounds, found)
    facts = {
        "change since the first round": f"{moved(found.change)} (se {moved(found.change_se)}){unit}, p = {found.p_value:.3g}",
        "rate of reduction, a year": f"{_percent(found.aarr)} (se {_percent(found.aarr_se)}), {found.method}",
        "rate needed from now on": _percent(found.required_aarr),
        "times the observed rate": "" if np.isnan(found.multiplier) else f"{found.multiplier:.2f}",
        f"at the observed rate in {found.target_year:g}": f"{shown(found.projected)} [{shown(found.projected_low)}, {shown(found.projected_high)}]",
        "target": "" if np.isnan(found.target) else shown(found.target),
        "probability to arrive": "" if np.isnan(found.on_track) else f"{found.on_track:.2g} ({found.said_of_probability})",
        "class of the estimates": name_of(found.progress_class),
    }
    kept = {name: text for name, text in facts.items() if text}
    alternative = f"{rounds.of} by year with the path of the observed rate to {found.target_year:g}: {shown(found.projected)}."
    blocks = [
        Block(title="Trajectory", svg=rendered(axes, "svg").decode(), alternative=alternative, table=series),
        Block(title="Where it leads", facts=kept),
        Block(
            title="Progress class",
            text="Probabilities take the estimates as the centre of the truth: plug-in, not predictive. Classes are those of Open SDG.",
            table=classes,
        ),
    ]
    return _page(f"Progress: {rounds.cell}", f"{counted(len(rounds.years), 'round')}; {rounds.samples}.", blocks)


def _page(title: str, lead: str, blocks: Sequence[Block], *, flag: str = "") -> str:
    sections = "\n".join(_section(block, place) for place, block in enumerate(blocks))
    said = f'<p class="flag"><strong>{escape(flag)}</strong></p>\n' if flag else ""
    return framed(title, lead, said + sections, software(), style=MORE_STYLE)


def _section(block: Block, place: int) -> str:
    figure = ""
    if block.svg:
        drawn = Figure(name=f"figure-{place}", svg=block.svg, title=block.title, alternative=block.alternative)
        figure = f"<figure>{drawn.inline}</figure>\n"
    text = f"<p>{escape(block.text)}</p>\n" if block.text else ""
    table = "" if block.facts is None else _facts(block.facts)
    if block.table is not None:
        # The section has the title and the first sentence already.
        table += html(replace(block.table, title=""), identity=f"table-{place}")
    items = "".join(f"<li>{escape(item)}</li>" for item in block.items)
    table += f"<ul>{items}</ul>\n" if items else ""
    return f"<section>\n<h2>{escape(block.title)}</h2>\n{text}{figure}{table}</section>"


def _facts(facts: Mapping[str, str]) -> str:
    rows = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>' for name, text in facts.items())
    return f'<div class="wide"><table class="facts"><tbody>{rows}</tbody></table></div>\n'


def _lead_of_record(baseline: Baseline) -> str:
    record = baseline.record
    whole = next((cell for cell in record.cells if set(cell.levels.values()) <= {"All"}), None)
    if whole is None or whole.rate.estimate is None:
        return f"{counted(len(record.cells), 'cell')}. {record.whom.universe}."
    figure, low, high = (
        _percent(value) for value in (whole.rate.estimate, whole.rate.ci_low or np.nan, whole.rate.ci_high or np.nan)
    )
    number = ""
    if whole.number is not None and whole.number.estimate is not None:
        number = f", {_count(whole.number.estimate)} people"
    return f"{figure} [{low}, {high}]{number}. {record.whom.universe}; reference period: {record.whom.reference_period}."


def _sample(baseline: Baseline) -> str:
    how = baseline.record.how
    parts = {"people": how.n_children, "cases": how.n_cases, "sampling units": how.n_psu, "strata": how.n_strata}
    told = [f"{value:,} {name}" for name, value in parts.items() if value is not None]
    told += [f"{name} {value:.3g}" for name, value in {"df": how.df, "deff": how.deff}.items() if value is not None]
    return "; ".join(told)


def _goal(baseline: Baseline) -> str:
    goal = baseline.record.goal
    if goal is None:
        return ""
    ended = f" (ended: {_percent(goal.ending)})" if goal.ending is not None else ""
    return {
        "level": f"{_percent(goal.target)} by {goal.year:g}{ended}",
        "rate-reduction": f"rate reduced by {_percent(goal.target)} by {goal.year:g}{ended}",
        "count-reduction": f"number reduced by {_percent(goal.target)} by {goal.year:g}{ended}",
    }[goal.kind]


def _interval(baseline: Baseline) -> str:
    how = baseline.record.how
    withheld = sum(bool(cell.withheld) for cell in baseline.record.cells)
    told = f" {counted(withheld, 'cell is', 'cells are')} withheld, with the reason." if withheld else ""
    counted_too = any(cell.number is not None for cell in baseline.record.cells)
    methods = f"{how.ci_method}; numbers of people: {how.number_ci_method}" if counted_too else how.ci_method
    return f"{100 * how.ci_level:g}% intervals ({methods}).{told}"


def _dots(change: Change) -> str:
    """Return a figure of the differences, nothing where they have more dimensions than a figure shows."""
    difference = change.difference
    several = [key.name for key in difference.keys if len(set(key.codes.tolist())) > 1]
    if not several or not np.isfinite(difference.numbers.estimate).any():
        return ""
    levels = max(len(set(key.codes.tolist())) for key in difference.keys)
    try:
        return rendered(dots(difference, ax=axes_apart(FIGURE_SIZE[0], 1.3 + 0.55 * levels)), "svg").decode()
    except OptionError:
        return ""


def _percent(value: float) -> str:
    return "" if np.isnan(value) else re.sub("^-", "−", f"{100 * value:.1f}%")


def _points(value: float) -> str:
    return "" if np.isnan(value) else re.sub("^-", "−", f"{100 * value:.1f}")


def _count(value: float) -> str:
    return "" if np.isnan(value) else re.sub("^-", "−", f"{value:,.0f}")
