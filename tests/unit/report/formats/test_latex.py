"""No TeX runs here: these tests read the source. Every text in it must be inert, every group closed, every line whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from prevalence.report.formats.latex import COMMANDS, latex, latex_document, tex
from prevalence.report.formats.layout import BREAK, clean
from prevalence.report.tables.grid import Table

Demo = Callable[..., Table]
OURS = {
    "addlinespace", "arraybackslash", "begin", "begingroup", "bfseries", "bottomrule", "caption", "centering", "cmidrule", "end",
    "endfirsthead", "endgroup", "endhead", "endlastfoot", "ensuremath", "footnotesize", "geq", "hspace", "item", "label", "leq", "midrule",
    "multicolumn", "newline", "noindent", "normalfont", "par", "quad", "raggedleft", "raggedright", "scriptsize", "setlength", "small",
    "symbol", "tabcolsep", "textasciicircum", "textasciigrave", "textasciitilde", "textbackslash", "textbar", "textbf", "textgreater",
    "textless", "textminus", "textsuperscript", "toprule", "LTpost", "LR",
}  # fmt: skip
"""Commands of the template and of the escapes; none that reads a file or defines another."""
BACK = {written: sign for sign, written in COMMANDS.items()}


def lines_of(source: str) -> list[list[str]]:
    """Return the lines of figures as texts, letters of footnotes included."""
    body = source[source.index("\\endlastfoot") :] if "\\endlastfoot" in source else source[source.index("\\midrule") :]
    lines = [line for line in body.splitlines() if line.endswith(r" \\") and line.startswith("{")]
    return [[plain(cell) for cell in re.split(r"(?<!\\)&", line.removesuffix(r"\\"))] for line in lines]


def plain(source: str) -> str:
    """Return a piece of LaTeX as the text that it prints."""
    text = re.sub(r"\\hspace\*\{\d+em\}", "", source.strip())
    text = re.sub(r"\\(textbf|textsuperscript|LR)(?=\{)", "", text)
    pattern = "|".join(re.escape(written) for written in sorted(BACK, key=len, reverse=True))
    pieces = re.split(f"({pattern})", text)
    return "".join(BACK.get(piece, re.sub(r"[{}]", "", piece)) for piece in pieces).replace(BREAK, "").strip()


def is_balanced(source: str) -> bool:
    level = 0
    for brace in re.findall(r"(?<!\\)(?:\\\\)*([{}])", source):
        level += 1 if brace == "{" else -1
        if level < 0:
            return False
    return level == 0


@pytest.mark.parametrize("depth", range(4))
def test_every_cell_stands_where_the_grid_has_it(demo: Demo, depth: int) -> None:
    table = demo(depth)
    assert lines_of(latex(table)) == [
        [row.label + ",".join(row.marks), *(cell.text + ",".join(cell.marks) for cell in row.cells)] for row in table.rows
    ]


@pytest.mark.parametrize("depth", range(4))
def test_spanners_cover_all_columns_at_every_level(demo: Demo, depth: int) -> None:
    source = latex(demo(depth))
    heads = source[source.index("\\toprule") : source.index("\\midrule")].splitlines()
    lines = [line for line in heads if line.lstrip().startswith("& \\multicolumn")]
    assert len(lines) == depth
    assert all(sum(map(int, re.findall(r"\\multicolumn\{(\d+)\}", line))) == 9 for line in lines)
    if depth > 1:
        assert "\\cmidrule(lr){2-7}" in source


def test_a_long_table_repeats_its_head_and_a_wide_one_lies_on_its_side(demo: Demo) -> None:
    table = demo()
    short, long = latex(demo(1)), latex(replace(table, rows=table.rows * 8))
    wide = latex(replace(table, columns=table.columns * 4, rows=tuple(replace(row, cells=row.cells * 4) for row in table.rows)))
    assert "threeparttable" in short and "longtable" not in short
    assert "\\endhead" in long and "landscape" not in long
    assert wide.count("\\begin{longtable}") > 1 and wide.count("\\begin{landscape}") == 1
    figures = [lines_of(part) for part in wide.split("\\begin{longtable}")[1:]]
    joined = [[cell for part in figures for cell in part[place][1:]] for place in range(len(table.rows))]
    assert joined == [[cell.text + ",".join(cell.marks) for cell in row.cells * 4] for row in table.rows]


def test_texts_from_data_stay_texts(hostile: Table) -> None:
    for source in (
        latex(hostile),
        latex(replace(hostile, rows=hostile.rows * 4)),
        latex_document([hostile, hostile], title="\\input{x}"),
    ):
        body = source[source.find("\\begin{document}") :] if "\\begin{document}" in source else source
        commands = set(re.findall(r"\\([A-Za-z]+)", body)) - {"document", "section"}
        assert commands <= OURS
        assert is_balanced(source)
        assert re.search(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]", source) is None
        assert "%" not in re.sub(r"\\%", "", body)
        assert "$" not in re.sub(r"\\\$", "", body)
    assert [line[:2] for line in lines_of(latex(hostile))] == [
        [clean(row.label).strip(), clean(row.cells[0].text).strip()] for row in hostile.rows
    ]


@pytest.mark.parametrize("sign", '\\&%$#_{}~^<>|`"')
def test_each_special_sign_prints_itself(sign: str) -> None:
    assert plain(tex(f"a{sign}b")) == f"a{sign}b"
    assert tex(sign) != sign


def test_hyphens_and_quotes_do_not_join() -> None:
    assert tex("--- ''") == "-{}-{}- '{}'"


def test_the_document_says_what_compiles_it(demo: Demo) -> None:
    plain_one, arabic = latex_document([demo()]), latex_document([demo(title="عمل", direction="rtl", language="ar")])
    assert "PackageError" not in plain_one and "\\setRTL" not in plain_one
    assert "PackageError" in arabic and "\\setRTL" in arabic and "\\LR{" in arabic
    assert "PackageError" in latex_document([demo(title="Труд")])


def test_the_document_names_each_table_once(demo: Demo) -> None:
    source = latex_document([demo(), demo(), demo(number="")])
    labels = re.findall(r"\\label\{(.*?)\}", source)
    assert len(labels) == 3 == len(set(labels))
    assert source == latex_document([demo(), demo(), demo(number="")])


def test_a_table_without_rows_or_title(demo: Demo) -> None:
    assert lines_of(latex(demo(rows=()))) == []
    bare = latex(demo(title="", number="", subtitle="", notes=()))
    assert "\\caption" not in bare and "tablenotes" not in bare
