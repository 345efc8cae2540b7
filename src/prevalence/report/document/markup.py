"""Markdown as parts of a report: headings, paragraphs, lists, strong and emphasised text, code; and texts of data made inert in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.token import Token

from prevalence.errors import ConfigError, suggestion
from prevalence.report.document.tree import Block, Bullets, Heading, Paragraph, Run, Runs

DEEPEST = 4
OPENED, CLOSED = "\ue000", "\ue001"
"""Letters of private use around the name of what stands at a place; texts of data lose them."""
PLACE = re.compile(f"{OPENED}(.*?){CLOSED}")
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
BLANKS = re.compile(r"(?:[^\S\xa0\u202f]|[\x00-\x1f\x7f\u2028\u2029])+")
"""What becomes one space; a no-break space stays, or numbers such as ``2 218`` would be broken."""
LEAD, NOTICE = ">", "!>"


def inert(text: str) -> str:
    r"""Return a text as Markdown that shows just this text: CommonMark lets every mark of punctuation be escaped by a backslash.

    Examples
    --------
    >>> inert("# <b>1.</b>")
    '\\# \\<b\\>1\\.\\<\\/b\\>'
    """
    plain = BLANKS.sub(" ", text.replace(OPENED, "").replace(CLOSED, ""))
    return PUNCTUATION.sub(r"\\\1", plain)


def place(name: str) -> str:
    """Return the Markdown of a place for tables or figures."""
    return f"\n\n{OPENED}{name}{CLOSED}\n\n"


def blocks_of(text: str, places: Mapping[str, Sequence[Block]] | None = None, *, source: str = "The text") -> tuple[Block, ...]:
    """Return Markdown as parts of a report.

    Parameters
    ----------
    text : str
        CommonMark. A quotation (``>``) is the lead of its section. HTML, pictures and addresses of links are shown as text.
    places : mapping of name to blocks
        What stands at the places of a template.
    source : str
        Where the text comes from, for errors.

    Raises
    ------
    ConfigError
        If a place is unknown.
    """
    tokens = MarkdownIt("commonmark", {"html": False}).disable(["code", "html_block", "html_inline"]).parse(text)
    return tuple(_blocks(tokens, places or {}, source))


def _blocks(tokens: Sequence[Token], places: Mapping[str, Sequence[Block]], source: str) -> Iterator[Block]:
    lists: list[tuple[bool, list[Runs]]] = []
    quoted, level = 0, 0
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append((token.type.startswith("ordered"), []))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            ordered, items = lists.pop()
            if lists:
                lists[-1][1].extend(items)
            else:
                yield Bullets(items=tuple(items), ordered=ordered)
        elif token.type in ("blockquote_open", "blockquote_close"):
            quoted += 1 if token.type.endswith("open") else -1
        elif token.type == "heading_open":
            level = min(int(token.tag[1:]), DEEPEST)
        elif token.type == "heading_close":
            level = 0
        elif token.type in ("fence", "inline"):
            runs = _runs(token)
            if lists:
                lists[-1][1].append(runs)
            elif level:
                yield Heading(text="".join(run.text for run in runs), level=level)
            else:
                yield from _paragraph(runs, places, source, quoted=quoted > 0)


def _paragraph(runs: Runs, places: Mapping[str, Sequence[Block]], source: str, *, quoted: bool) -> Iterator[Block]:
    whole = "".join(run.text for run in runs)
    if found := PLACE.fullmatch(whole.strip()):
        name = found.group(1)
        if name not in places:
            raise ConfigError(f"{source} has a place for {name!r}, which this report does not have.{suggestion(name, places)}")
        yield from places[name]
    elif whole.strip():
        yield Paragraph(runs=runs, kind="lead" if quoted else "body")


def _runs(token: Token) -> Runs:
    """Return the text of a token; neighbours of one look are one run."""
    pieces: list[Run] = []
    strong = emphasis = 0
    for part in token.children or [token]:
        if part.type in ("strong_open", "strong_close"):
            strong += 1 if part.type.endswith("open") else -1
        elif part.type in ("em_open", "em_close"):
            emphasis += 1 if part.type.endswith("open") else -1
        elif part.type in ("softbreak", "hardbreak"):
            pieces.append(Run(" ", strong > 0, emphasis > 0))
        elif part.type == "link_close" or part.type == "link_open":
            continue
        elif part.content:
            pieces.append(Run(part.content, strong > 0, emphasis > 0, part.type in ("code_inline", "fence")))
    looks = groupby(pieces, key=lambda run: (run.strong, run.emphasis, run.code))
    return tuple(Run("".join(run.text for run in same), *look) for look, same in looks)
