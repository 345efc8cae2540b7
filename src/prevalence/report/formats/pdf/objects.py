"""What a PDF file of Typst holds: numbered objects, and the numbers by which they name each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prevalence.errors import OutputError

ENTRY = 20
"""Bytes of an entry of the list of objects (ISO 32000-1, 7.5.4)."""
STREAM = b">>\nstream\n"
LINK = re.compile(rb"(\d+) 0 R\b|(/StructParents? )(\d+)|\(")
"""A link, the key of a page or link in the tree of tags, or the beginning of a text."""
STRING = re.compile(rb"\\.|[()]", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that Typst wrote.

    Attributes
    ----------
    objects : mapping of int to bytes
        Objects by number, each without the words around it.
    root, info : int
        Numbers of the catalogue, and of the object with the title.
    """

    objects: Mapping[int, bytes]
    root: int
    info: int

    @property
    def pages(self) -> list[int]:
        """Numbers of the pages, in order."""
        return numbers(field(self.objects[self.tree], b"/Kids[", b"]"))

    @property
    def tree(self) -> int:
        """Number of the list of pages."""
        return link(self.objects[self.root], b"/Pages ")

    @property
    def tags(self) -> int:
        """Number of the tree of tags."""
        return link(self.objects[self.root], b"/StructTreeRoot ")

    @property
    def document(self) -> int:
        """Number of the tag that holds all others."""
        return link(self.objects[self.tags], b"/K[")


def source(pdf: bytes) -> Source:
    """Return the objects of a file.

    Raises
    ------
    OutputError
        If it is not built as Typst builds its files: one list of all objects at its end, each object in plain bytes.
    """
    end = re.search(rb"trailer\n<<.*?/Root (\d+) 0 R/Info (\d+) 0 R.*?startxref\n(\d+)\n%%EOF\s*$", pdf[-2000:], re.DOTALL)
    head = re.compile(rb"xref\n0 (\d+)\r?\n").match(pdf, int(end[3])) if end else None
    if end is None or head is None:
        raise OutputError(
            "A PDF file of many tables is joined from parts, which must end with one list of their objects; those of the installed "
            "typst do not. Install the version of typst that requirements/run.txt names, or write .docx or .html."
        )
    table = pdf[head.end() : head.end() + ENTRY * int(head[1])]
    starts = {place // ENTRY: int(table[place : place + 10]) for place in range(ENTRY, len(table), ENTRY)}
    order = sorted(starts, key=starts.__getitem__)
    stops = [*(starts[number] for number in order[1:]), int(end[3])]
    bodies = {number: _body(pdf[starts[number] : stop]) for number, stop in zip(order, stops, strict=True)}
    return Source(objects=bodies, root=int(end[1]), info=int(end[2]))


def linked(body: bytes, number: Callable[[int], int], *, shift: int = 0) -> bytes:
    """Return an object whose links are numbered anew, and its keys in the tree of tags; texts and streams stay as they are."""
    head, mark, stream = body.partition(STREAM)
    pieces = []
    done = 0
    while match := LINK.search(head, done):
        stop = match.end()
        if match[1]:
            pieces += [head[done : match.start()], b"%d 0 R" % number(int(match[1]))]
        elif match[2]:
            pieces += [head[done : match.start()], b"%b%d" % (match[2], int(match[3]) + shift)]
        else:
            stop = _string_end(head, stop)
            pieces.append(head[done:stop])
        done = stop
    return b"".join((*pieces, head[done:], mark, stream))


def field(body: bytes, start: bytes, stop: bytes) -> bytes:
    """Return what stands between two marks in an object, nothing if the first is not there."""
    return body.partition(start)[2].partition(stop)[0]


def link(body: bytes, name: bytes) -> int:
    """Return the number of the object that an entry names, 0 if there is no such entry."""
    found = re.search(re.escape(name) + rb"(\d+) 0 R", body)
    return int(found[1]) if found else 0


def numbers(text: bytes) -> list[int]:
    """Return the numbers of a list of links."""
    return [int(number) for number in re.findall(rb"(\d+) 0 R", text)]


def _body(entry: bytes) -> bytes:
    return entry.partition(b" obj\n")[2].rstrip().removesuffix(b"endobj").rstrip(b"\n")


def _string_end(body: bytes, place: int) -> int:
    """Return where a text ends whose first bracket stands before `place`; brackets within may be paired or escaped."""
    depth = 1
    while depth and (match := STRING.search(body, place)):
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
        place = match.end()
    return place
