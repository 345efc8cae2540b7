"""Parts of one document joined: pages in order, tags for screen readers in one tree; bookmarks and links are those of the front."""

from __future__ import annotations

import re
from collections.abc import Iterable

from prevalence.report.formats.pdf.objects import Source, field, linked, numbers, source
from prevalence.report.formats.pdf.writer import Writer

HEADED = (b"<</Type/StructElem/S/TH", b"<</Type/StructElem/S/TD")
HEADER = re.compile(rb"\((U[0-9xy]+)\)")
"""Name of the head of a column or row, by which cells say what stands above and beside them; each part begins to count anew."""
ROLES = b"/RoleMap<<"

Size = tuple[float, float]
"""Width and height of a page, points."""


class Joined:
    """A document that is joined part by part; its front, which comes first in the file, is added last.

    The front ends with one blank page for each page of the parts. Bookmarks, contents and links point at these, and the pages of the parts
    take their places.
    """

    def __init__(self) -> None:
        self._file = Writer()
        self._tree, self._tags, self._document = (self._file.reserve() for _ in range(3))
        self._pages: list[int] = []
        self._parts: list[int] = []
        self._keys: list[tuple[int, int]] = []
        self._names: list[tuple[bytes, int]] = []

    def add(self, pdf: bytes, *, leads: int = 0) -> list[Size]:
        """Add the pages of a part without its first tags, `leads` in number, and return the sizes of the pages."""
        part = source(pdf)
        own = self._file.reserve()
        copy = self._copy(part, {part.tree: self._tree, part.document: own})
        self._parts.append(own)
        self._pages += map(copy.number, part.pages)
        children = numbers(field(part.objects[part.document], b"/K[", b"]>>"))[leads:]
        tag = b"<</Type/StructElem/S/Part/P %d 0 R/K[%b]>>" % (self._document, _list(map(copy.number, children)))
        self._file.put(own, tag)
        self._tagged(copy)
        return [_size(part.objects[page]) for page in part.pages]

    def close(self, pdf: bytes) -> bytes:
        """Add the front, and return the file."""
        front = source(pdf)
        known = {front.tree: self._tree, front.tags: self._tags, front.document: self._document}
        blank = front.pages[len(front.pages) - len(self._pages) :]
        copy = self._copy(front, known | dict(zip(blank, self._pages, strict=True)))
        root, info = copy.number(front.root), copy.number(front.info)
        self._file.put(self._tree, linked(front.objects[front.tree], copy.number))
        children = linked(front.objects[front.document].removesuffix(b"]>>"), copy.number)
        self._file.put(self._document, b"%b %b]>>" % (children, _list(self._parts)))
        self._tagged(copy)
        self._file.put(self._tags, self._tag_tree(field(front.objects[front.tags], ROLES, b">>")))
        return self._file.close(root, info)

    def _copy(self, made: Source, known: dict[int, int]) -> _Copy:
        shift = self._keys[-1][0] + 1 if self._keys else 0
        return _Copy(made, self._file, known, shift=shift, prefix=b"P%d" % len(self._parts))

    def _tagged(self, copy: _Copy) -> None:
        """Note what pages and heads are called in the tree of tags, and copy all that is linked."""
        tags = copy.made.objects[copy.made.tags]
        nums = field(tags, b"/ParentTree<</Nums[", b"]")
        names = field(tags, b"/IDTree<</Names[", b"]")
        self._keys += [(int(key) + copy.shift, copy.number(int(to))) for key, to in re.findall(rb"(\d+) (\d+) 0 R", nums)]
        self._names += [(copy.prefix + name, copy.number(int(to))) for name, to in re.findall(rb"\(([^)]*)\)(\d+) 0 R", names)]
        copy.run()

    def _tag_tree(self, roles: bytes) -> bytes:
        nums = b" ".join(b"%d %d 0 R" % key for key in self._keys)
        names = b"".join(b"(%b)%d 0 R" % name for name in sorted(self._names))
        tree = b"/IDTree<</Names[%b]>>" % names if names else b""
        parents = b"/ParentTree<</Nums[%b]>>%b/ParentTreeNextKey %d" % (nums, tree, self._keys[-1][0] + 1 if self._keys else 0)
        return b"<</Type/StructTreeRoot%b%b>>/K[%d 0 R]%b>>" % (ROLES, roles, self._document, parents)


class _Copy:
    """Copies objects and all that they name, each once."""

    def __init__(self, made: Source, file: Writer, known: dict[int, int], *, shift: int, prefix: bytes) -> None:
        self.made, self.shift, self.prefix = made, shift, prefix
        self._file, self._known = file, known
        self._waiting: list[int] = []

    def number(self, old: int) -> int:
        """Return the new number of an object, which is copied by the next `run` unless it was known before."""
        if old not in self._known:
            self._known[old] = self._file.reserve()
            self._waiting.append(old)
        return self._known[old]

    def run(self) -> None:
        """Copy what is waiting."""
        for old in self._waiting:  # grows as it goes
            body = linked(self.made.objects[old], self.number, shift=self.shift)
            if body.startswith(HEADED):
                body = HEADER.sub(rb"(%b\1)" % self.prefix, body)
            self._file.put(self._known[old], body)


def _size(page: bytes) -> Size:
    _, _, width, height = map(float, field(page, b"/MediaBox[", b"]").split())
    return width, height


def _list(them: Iterable[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in them)
