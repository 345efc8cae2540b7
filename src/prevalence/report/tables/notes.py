"""The notes below a table: what its columns hold, what its symbols and letters mean, how its indicators are defined."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from string import ascii_lowercase

from prevalence.errors import OptionError, listed
from prevalence.estimates import ALL, Estimates
from prevalence.plot.words import INTERVALS
from prevalence.provenance import Definition
from prevalence.report.tables.grid import Note
from prevalence.report.tables.language import Language
from prevalence.report.tables.parts import Part, normalised, paired
from prevalence.report.tables.places import INDICATOR
from prevalence.report.tables.printed import Printed

EVERYONE = "everyone in scope"
WORDS = ("a", "à", "e", "o", "y")
"""Words of one letter in the shipped languages; others are symbols."""


def letters_of(found: Iterable[Printed], sides: Sequence[Sequence[Printed]] = ()) -> dict[str, str]:
    """Return the letter of each remark, in reading order; none for one that every row of a side shares, which needs no marks.

    Symbols of the rules are no letters of remarks, in parentheses or not. `sides` are the same estimates by table, where tables stand side by side.
    """
    read = list(found)
    taken = {meaning.symbol.strip("() ") for each in read for meaning in each.meanings}
    free = (letter for letter in _letters() if letter not in taken)
    remarks = dict.fromkeys(remark for each in read for cell in each.remarks for remark in cell)
    groups = sides or [read]
    return {remark: "" if all(_in_all_or_none(remark, group) for group in groups) else next(free) for remark in remarks}


def _in_all_or_none(remark: str, found: Iterable[Printed]) -> bool:
    """Return whether a remark is said of all of several figures, or of none."""
    said = [any(remark in cell for cell in each.remarks) for each in found if any(cell.values for cell in each.cells)]
    return not any(said) or (len(said) > 1 and all(said))


def notes_of(
    parts: Sequence[Part],
    sides: Sequence[str],
    found: Sequence[Printed],
    letters: Mapping[str, str],
    words: Language,
    *,
    plain: Collection[str] = (),
) -> tuple[Note, ...]:
    """Return the notes below a table.

    Parameters
    ----------
    parts : sequence of Part
    sides : sequence of str
        What each part is called in the heads.
    found : sequence of Printed
        Estimates in the table, in reading order.
    letters : mapping of remark to letter
    words : Language
    plain : collection of str
        Indicators that need no definition, since their heads say all of them.
    """
    tables = [part.estimates for part in parts]
    return (
        *_contents(parts, sides, words),
        *(Note(text=text) for text in _denominators(tables, words)),
        *(Note(text=text) for text in _rounded(parts, words)),
        *(Note(text=text, mark=symbol) for symbol, text in _meanings(found, words).items()),
        *(Note(text=words.say("every_row", text=remark)) for remark, letter in letters.items() if not letter),
        *(Note(text=_sentence(remark), mark=letter) for remark, letter in letters.items() if letter),
        *(Note(text=text) for text in definition_notes(tables, words, plain)),
        *(Note(text=text) for text in _rules(parts, found, words)),
    )


def definitions_of(tables: Iterable[Estimates]) -> list[Definition]:
    """Return the definitions of the indicators that tables show, each once."""
    read = list(tables)
    known = {name: definition for table in read for name, definition in table.provenance.definitions.items()}
    return [known[name] for name in _indicators(read) if name in known]


def undefined(tables: Iterable[Estimates]) -> tuple[str, ...]:
    """Return the indicators of which no definition is recorded."""
    read = list(tables)
    known = {name for table in read for name in table.provenance.definitions}
    return tuple(name for name in _indicators(read) if name not in known)


def check_defined(tables: Iterable[Estimates]) -> None:
    """Raise `OptionError` if a definition of an indicator is not recorded, as an official document needs it.

    A table in a notebook is made all the same, with a note that says so.
    """
    absent = undefined(tables)
    if absent:
        raise OptionError(
            f"An official table says how its indicators are defined; no definition is recorded for {listed(absent)}. "
            "Make the indicator with pv.classify, or give Survey a Provenance with its Definition."
        )


def definition_notes(tables: Sequence[Estimates], words: Language, plain: Collection[str] = ()) -> list[str]:
    """Return one note for an indicator, or for several of the same standard one that names it, and one for those without but `plain` ones."""
    found = definitions_of(tables)
    if len(found) < 2:
        lines = [
            words.say("definition_of", indicator=words.label(d.indicator), title=words.sentence(d.title), **_source(d))
            for d in found
        ]
    else:
        lines = [words.say("definition", **_source(definition)) for definition in found]
    doubts = ["" if d.status == "verified" else f" {words.say('status', status=words.sentence(d.status))}" for d in found]
    told = [f"{line}{doubt}" for line, doubt in zip(lines, doubts, strict=True)]
    absent = [name for name in undefined(tables) if name not in plain]
    if absent:
        told.append(words.say("no_definition", indicators=", ".join(words.label(name) for name in absent)))
    return list(dict.fromkeys(told))


def definition_text(definition: Definition, words: Language) -> str:
    """Return one sentence that names the standard of a definition."""
    return words.say("definition", **_source(definition))


def interval_text(table: Estimates, words: Language) -> str:
    """Return the interval in words, such as ``95% interval (Korn-Graubard)``."""
    interval = table.interval
    if interval.method == "mics":
        return words.say("interval_mics")
    method = words.sentence(INTERVALS.get(interval.method, interval.method))
    return words.say("interval", level=words.marked(f"{100 * interval.level:g}"), method=method)


def _source(definition: Definition) -> dict[str, str]:
    return {"name": definition.name, "version": definition.version, "source": definition.source}


def _indicators(tables: Sequence[Estimates]) -> list[str]:
    """Return the names of the indicators in order; a comparison of two names both."""
    shown = dict.fromkeys(
        (text, paired(table)) for table in tables for key in table.keys if key.name == INDICATOR for text in key.texts()
    )
    known = {name for table in tables for name in table.provenance.definitions} | {text for text, two in shown if not two}
    names = (re.split(" [-/] ", text) if two and text not in known else [text] for text, two in shown)
    return list(dict.fromkeys(name for found in names for name in found))


def _contents(parts: Sequence[Part], sides: Sequence[str], words: Language) -> list[Note]:
    """Return what the columns hold: of the first part, and of others where it is something else."""
    first, *others = ([*_measure(part, words)] for part in parts)
    legends = [_legend(part, what, words) for part in parts for what in part.show if what != "ci"]
    told = [words.say("listing").join([*first, *dict.fromkeys(legends)])]
    for side, measure in zip(sides[1:], others, strict=True):
        if not set(measure) <= set(first):
            told.append(f"{side}{words.say('colon')}{words.say('listing').join(measure)}")
    return [Note(text=_sentence(text)) for text in dict.fromkeys(told) if text]


def _measure(part: Part, words: Language) -> list[str]:
    what = [words.say("what_points" if part.compared else "what_percent")] if part.estimates.shares else []
    return [*what, *([interval_text(part.estimates, words)] if "ci" in part.show else [])]


def _legend(part: Part, what: str, words: Language) -> str:
    if what == "se" and part.estimates.shares:
        return words.say("legend_se_points")
    return words.say("legend_normalised" if what == "weighted" and normalised(part.estimates) else f"legend_{what}")


def _denominators(tables: Sequence[Estimates], words: Language) -> list[str]:
    """Return who the people of the rows of overlapping dimensions are."""
    told = dict.fromkeys(text for table in tables for text in table.context.get("denominator", ()) if text and text != EVERYONE)
    return [words.say("overlap", who=words.sentence(text), all=words.label(ALL)) for text in told]


def _rounded(parts: Sequence[Part], words: Language) -> list[str]:
    """Return what is rounded for publication, and which columns are left out since they would tell what was rounded."""
    left_out = dict.fromkeys(words.say(f"head_{what}") for part in parts for what in part.blanked)
    told = [words.sentence(text) for part in parts for text in part.shown.rules.notes()]
    for part in parts:
        base = part.shown.rules.round_counts
        if base > 1 and "weighted" in part.show and normalised(part.estimates):
            told.append(words.say("rounded_weighted", base=f"{base}"))
    if left_out:
        told.append(words.say("left_out", columns=", ".join(left_out)))
    return list(dict.fromkeys(told))


def _meanings(found: Iterable[Printed], words: Language) -> dict[str, str]:
    """Return the meaning of each symbol: its flag, then the reasons that occur."""
    read: dict[str, dict[str, dict[str, None]]] = {}
    for meaning in dict.fromkeys(meaning for each in found for meaning in each.meanings):
        read.setdefault(meaning.symbol, {}).setdefault(meaning.flag, {})[meaning.reason] = None
    return {symbol: _sentence(words.say("listing").join(_flagged(flags, words))) for symbol, flags in read.items()}


def _flagged(flags: Mapping[str, Iterable[str]], words: Language) -> list[str]:
    listing = words.say("listing")
    return [words.say("colon").join(filter(None, [flag, listing.join(reasons)])) for flag, reasons in flags.items()]


def _rules(parts: Sequence[Part], found: Iterable[Printed], words: Language) -> list[str]:
    """Return the sources of the rules whose symbols stand in the table, and what they say of the table as a whole."""
    used = {name for each in found for name in each.rules}
    told = []
    for verdict in (verdict for part in parts for verdict in part.verdicts):
        if verdict.rule.name in used:
            told.append(words.say("reliability", title=words.sentence(verdict.rule.title), source=verdict.rule.source))
        if verdict.table_passes is False and verdict.rule.table is not None:
            flags = ", ".join(words.sentence(flag) for flag in verdict.rule.table.flags)
            share = words.number(100 * verdict.share, 0)
            told.append(words.say("table_fails", rule=verdict.rule.title, share=share, flags=flags))
    return list(dict.fromkeys(told))


def _sentence(text: str) -> str:
    """Return a text with a full stop and a capital letter; a symbol such as n stays small, a word of one letter does not."""
    first = text[:1] if text[1:2] == " " and text[:1] not in WORDS else text[:1].upper()
    return f"{first}{text[1:]}{'' if text.endswith('.') else '.'}"


def _letters() -> Iterable[str]:
    """Yield a, b, ..., z, aa, ab, ..."""
    for length in range(1, 4):
        yield from ("".join(letters) for letters in product(ascii_lowercase, repeat=length))
