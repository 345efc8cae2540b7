"""What a report may show: codes that many rows share, never a value that may name a person."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from prevalence.loaders.schema import Profile

EXAMPLES = 3
LONGEST_NUMBER = 4
LONGEST_TEXT = 2
ENOUGH_ROWS = 5
"""A longer value is shown only if this many rows hold it: a name or a key is rarely shared."""

EXAMPLE_PHRASE = re.compile(r"[,;]? for example .*", re.DOTALL)
BRACKETED_ROWS = re.compile(r" \(rows? [^)]*\)")
QUOTED = re.compile(r"""(similar: )?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
LONG_NUMBER = re.compile(r"(?<![\w.,])\d{5,}(?![\w])")
HIDDEN = "[...]"


def shown_codes(rows: Mapping[str, int]) -> str:
    """Return up to three codes, the most frequent first; those that may belong to a person are only counted.

    Parameters
    ----------
    rows : mapping of code as text to the number of rows that hold it

    Examples
    --------
    >>> shown_codes({"7": 3, "A. Person": 1})
    '7; 1 not shown'
    """
    safe = [code for code, size in sorted(rows.items(), key=lambda item: (-item[1], item[0])) if _is_safe(code, size)]
    parts = [", ".join(safe[:EXAMPLES])] if safe else []
    hidden = len(rows) - len(safe[:EXAMPLES])
    return "; ".join([*parts, *([f"{hidden:,} not shown"] if hidden else [])])


def _is_safe(code: str, rows: int) -> bool:
    digits = code.lstrip("+-").replace(".", "", 1)
    longest = LONGEST_NUMBER if digits.isdecimal() else LONGEST_TEXT
    return len(code) <= longest or rows >= ENOUGH_ROWS


def safe_message(message: str, known: Collection[str]) -> str:
    """Return an error message without the values, keys and row numbers that it may quote.

    Parameters
    ----------
    message : str
    known : collection of str
        Names that may be quoted: columns, variables, the profile. What follows "similar:" is the name of a column too.

    Examples
    --------
    >>> safe_message("2 rows share their key (hh, line), for example (3, 1). Remove them.", ())
    '2 rows share their key (hh, line)'
    >>> safe_message("Column 'sex' holds 'A. Person'.", {"sex"})
    "Column 'sex' holds [...]"
    """

    def shown(found: re.Match[str]) -> str:
        return found[0] if found[1] or found[2][1:-1] in known else HIDDEN

    cut = BRACKETED_ROWS.sub("", EXAMPLE_PHRASE.sub("", message))
    return LONG_NUMBER.sub(HIDDEN, QUOTED.sub(shown, cut)).rstrip(". ")


def names_in(profile: Profile) -> frozenset[str]:
    """Return every name that a message may quote: columns and variables of the profile, its roles and its own name."""
    return frozenset((*profile.mentioned, *profile.prepare, *profile.variables, *profile.join, profile.file.role, profile.name))
