"""A plan as one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from prevalence.shown import Shown, table_html

STYLE = """
body { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; line-height: 1.5;
  color: #1a1a1a; background: #fff; max-width: 72rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .5rem; padding-top: .8rem; border-top: 3px solid #0072B2; }
p { margin: .4rem 0 .8rem; max-width: 48rem; }
.lead { font-size: 1.05rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .9rem .25rem 0; border-bottom: 1px solid #ddd; vertical-align: top; white-space: nowrap; }
@media print { body { max-width: none; padding: 0; } h2 { break-before: auto; } tr { break-inside: avoid; } }
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A section: a title, what the table says in a sentence, and the table."""

    title: str
    text: str
    table: Shown


def html(title: str, lead: str, parts: Sequence[Part], software: Mapping[str, str]) -> str:
    """Return the page; all texts are escaped."""
    sections = "\n".join(
        f'<section>\n<h2>{escape(part.title)}</h2>\n<p>{escape(part.text)}</p>\n<div class="wide">'
        f"{table_html(part.table.columns(), most=100_000)}</div>\n</section>"
        for part in parts
    )
    return framed(title, lead, sections, software)


def framed(title: str, lead: str, body: str, software: Mapping[str, str], *, style: str = "") -> str:
    """Return a whole page around a body of HTML, the software that made its numbers below it; title and lead are escaped."""
    versions = escape(", ".join(f"{name} {version}" for name, version in software.items()))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n"
        f'<p class="lead">{escape(lead)}</p>\n{body}\n</main>\n<footer><p>Software: {versions}.</p></footer>\n</body>\n</html>\n'
    )
