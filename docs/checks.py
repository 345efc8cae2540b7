"""Looks at the pages once they are built: links and anchors lead somewhere, phones can read them, search finds them.

A Sphinx extension; what it finds are warnings, which `python3 run.py test docs` takes for errors. Addresses elsewhere are
checked for their form alone: nothing is fetched.
"""

from __future__ import annotations

import json
import re
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.application import Sphinx
from sphinx.util import logging

LINK = re.compile(r'<[a-z][^<>]*?\s(?:href|src)="([^"]*)"')
ANCHOR = re.compile(r'<[a-z][^<>]*?\s(?:id|name)="([^"]*)"')
WIDE = re.compile(r"<table\b")
PHONE = '<meta name="viewport" content="width=device-width'
HOST = re.compile(r"([a-z0-9-]+\.)+[a-z]{2,}(:\d+)?", re.IGNORECASE)
SOUGHT = ("cocoa", "jackknif", "rake", "supply_chain")
"""Words, as the index stems them, that the search must find."""

log = logging.getLogger(__name__)


def check_pages(app: Sphinx, failure: Exception | None) -> None:
    """Warn of everything that is wrong with the pages."""
    if failure is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir)
    for name in sorted(app.env.found_docs):
        page = folder / f"{name}.html"
        for fault in faults_of(page):
            log.warning("%s", fault, location=name, type="pages")
    for fault in faults_of_search(folder, set(app.env.found_docs)):
        log.warning("%s", fault, type="search")


def faults_of(page: Path) -> list[str]:
    """Return what is wrong with a page."""
    text = page.read_text(encoding="utf-8")
    links = [unescape(link) for link in dict.fromkeys(LINK.findall(text))]
    faults = [fault for link in links if (fault := fault_of_link(page, link))]
    return faults if PHONE in text else [*faults, "the page has no viewport for phones"]


def fault_of_link(page: Path, link: str) -> str:
    """Return what is wrong with a link, empty if it leads somewhere."""
    if link.startswith("data:"):
        return ""
    parts = urlsplit(link)
    if parts.scheme == "mailto":
        return ""
    if parts.scheme or parts.netloc:
        sound = parts.scheme in ("http", "https") and HOST.fullmatch(parts.netloc) and " " not in link
        return "" if sound else f"no sound address: {link}"
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_file():
        return f"link to a file that is not there: {link}"
    if parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in anchors(target):
        return f"link to an anchor that is not there: {link}"
    return ""


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return the anchors of a page."""
    return frozenset(unescape(name) for name in ANCHOR.findall(page.read_text(encoding="utf-8")))


def faults_of_search(folder: Path, pages: set[str]) -> list[str]:
    """Return what the search would not find."""
    text = (folder / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text[text.index("(") + 1 : text.rindex(")")])
    lost = sorted(pages - set(index["docnames"]))
    absent = [word for word in SOUGHT if word not in index["terms"]]
    return [
        *([f"pages that the search does not know: {', '.join(lost)}"] if lost else []),
        *([f"words that the search does not find: {', '.join(absent)}"] if absent else []),
    ]


def setup(app: Sphinx) -> dict[str, bool]:
    """Have the pages checked after each build."""
    app.connect("build-finished", check_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
