"""Typst, a part at a time: what a part needs is forgotten before the next, and the parts are joined."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from prevalence.errors import OutputError
from prevalence.report.formats.pdf.join import Joined, Size
from prevalence.report.formats.pdf.objects import source
from prevalence.report.tables.grid import Table

if TYPE_CHECKING:
    import typst

MOST_FIGURES = 6000
"""Figures of tables in one part, which take about 100 megabytes; a table is never split."""
KEPT = 11
"""Documents after which Typst has forgotten what it kept of one: typst-py evicts what the last ten did not use."""
A4: Size = (595.28, 841.89)
GUESSED_PAGE = 888
"""Page number by which the contents are measured before the pages are known: it is as wide as those that will come."""

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Neighbours that are set together.

    Attributes
    ----------
    entries : sequence of mappings
        What the contents say of it: headings and captions, in order, as the template reads them.
    body : callable
        Gives what the template reads.
    leads : int
        Headings that nobody sees, with which the template begins a part whose first heading has headings above it in another part.
    """

    entries: Sequence[Data]
    body: Callable[[], Data]
    leads: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A template with its folder, fonts and standard; it reads its content as JSON in `sys.inputs.data`, never as markup."""

    template: Path
    fonts: tuple[str, ...] = ()
    standards: tuple[Literal["ua-1"], ...] = ()

    def pdf(self, content: Data, parts: Sequence[Part]) -> bytes:
        """Return a document of parts; `content` is what each of them reads besides its own.

        The template sets the whole of a document of one part. Of others it sets each part with ``first``, the number of its first page, and
        tells where the headings and captions came to stand; last the front, with a blank page for each that bears their entries alone.
        """
        file = Joined()
        if len(parts) < 2:
            made, _ = self._made({**content, "mode": "whole", **parts[0].body()})
            return file.close(made)
        first = self._pages_of_front(content, parts) + 1
        pages: list[dict[str, Any]] = []
        for part in parts:
            own = {"mode": "part", "first": first + len(pages), "leads": part.leads}
            made, places = self._made({**content, **own, **part.body()})
            new = [_page(size) for size in file.add(made, leads=part.leads)]
            for entry, (page, x, y) in zip(part.entries, places[part.leads :], strict=True):
                new[int(page) - 1]["entries"].append({**entry, "x": x, "y": y})
            pages += new
        made, _ = self._made({**content, "mode": "front", "first": first, "pages": pages})
        return file.close(made)

    def picture(self, content: Data, dpi: float) -> bytes:
        """Return a document of one page as PNG."""
        made = self._compiler(content).compile(format="png", ppi=dpi, timestamp=0)
        return made if isinstance(made, bytes) else b"".join(made or [])

    def _pages_of_front(self, content: Data, parts: Sequence[Part]) -> int:
        entries = [{**entry, "x": 0, "y": 0} for part in parts for entry in part.entries]
        pages = [{**_page(A4), "entries": entries}]
        made, _ = self._made({**content, "mode": "front", "first": GUESSED_PAGE, "pages": pages})
        return len(source(made).pages) - len(pages)

    def _made(self, content: Data) -> tuple[bytes, list[tuple[float, float, float]]]:
        """Return a PDF file, and page and place of each heading and caption."""
        import typst

        compiler = self._compiler(content)
        try:
            made = compiler.compile(format="pdf", timestamp=0, pdf_standards=list(self.standards))
            places = json.loads(compiler.query("<places>", field="value", one=True))
        except typst.TypstError as error:
            raise OutputError(f"The pages cannot be set as PDF: {error.message}. Write .docx or .html.") from error
        del compiler
        _forget()
        return (made if isinstance(made, bytes) else b"".join(made or [])), places

    def _compiler(self, content: Data) -> typst.Compiler:
        import typst

        return typst.Compiler(
            input=str(self.template),
            root=str(self.template.parent),
            font_paths=_fonts(self.fonts),
            sys_inputs={"data": json.dumps(content, ensure_ascii=False, separators=(",", ":"))},
        )


def in_parts(weights: Sequence[int], may_begin: Sequence[bool]) -> list[slice]:
    """Return the runs of neighbours whose weights, in figures, add up to about a part.

    Examples
    --------
    >>> in_parts([4000, 1000, 3000, 9000, 10], [True] * 5)
    [slice(0, 2, None), slice(2, 3, None), slice(3, 4, None), slice(4, 5, None)]
    """
    cuts, used = [0], 0
    for place, weight in enumerate(weights):
        if used and used + weight > MOST_FIGURES and may_begin[place]:
            cuts.append(place)
            used = 0
        used += weight
    return [slice(start, stop) for start, stop in zip(cuts, [*cuts[1:], len(weights)], strict=True)]


def figures(table: Table) -> int:
    """Return how many figures a table has, at least one."""
    return max(1, len(table.rows) * len(table.columns))


def font_folder() -> Path:
    """Return the folder of the fonts that matplotlib brings with it, so that texts and figures share them."""
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf"


@lru_cache(maxsize=4)
def _fonts(folders: tuple[str, ...]) -> typst.Fonts:
    """Return the fonts of the figures and those given, never the machine's: the same file everywhere."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_folder()), *folders])


@lru_cache(maxsize=1)
def _no_fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[])


def _forget() -> None:
    """Have Typst drop what it kept of the last document: it drops what was not used by the ten documents before."""
    import typst

    for _ in range(KEPT):
        typst.Compiler(input=b"#1", font_paths=_no_fonts()).compile(format="pdf")


def _page(size: Size) -> dict[str, Any]:
    return {"width": size[0], "height": size[1], "entries": []}
