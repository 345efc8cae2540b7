"""Time and memory of a report of 200 tables, about 500 pages, in each format; and of a whole run from the sample survey.

python benchmarks/report.py              # the writers alone, each in a process of its own
python benchmarks/report.py run          # prevalence report on the sample survey, with all MICS and national tables
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

TABLES, ROWS, COLUMNS, FIGURES = 200, 60, 9, 20
FORMATS = ("docx", "html", "pdf")


def tree(tables: int = TABLES):
    """Return a report of tables of 60 rows in groups, notes below, a figure for every ten."""
    import io

    from matplotlib.figure import Figure as Drawing

    from prevalence.report.document.tree import Figure, Heading, Paragraph, Report, Run, TablePart, Words, numbered
    from prevalence.report.tables.grid import Cell, Column, Note, Row, Table

    drawing = Drawing(figsize=(6.5, 3.5))
    drawing.add_subplot().plot(range(50))
    files = {}
    for form in ("svg", "png"):
        buffer = io.BytesIO()
        drawing.savefig(buffer, format=form, dpi=200)
        files[form] = buffer.getvalue()
    columns = tuple(
        Column(name=f"c{i}", head=("%", "95% interval", "n")[i % 3], spanners=(("Female", "Male", "All")[i // 3],), kind="number")
        for i in range(COLUMNS)
    )
    blocks = []
    for number in range(tables):
        if number % 10 == 0:
            blocks.append(Heading(text=f"Chapter {number // 10 + 1}", level=1))
            blocks.append(Paragraph(runs=(Run("What the chapter says. " * 20),)))
            blocks.append(Figure(name=f"f{number}", title="A figure", note="A note.", alternative="A line.", width=6.5, **files))
        rows = tuple(
            Row(
                label=f"District {row}",
                group=f"Region {row // 10}",
                cells=tuple(Cell(text=("23.4", "[10.8, 32.4]", "1,234")[i % 3]) for i in range(COLUMNS)),
            )
            for row in range(ROWS)
        )
        notes = tuple(Note(text="A note that is as long as notes are, with a definition and its source. " * 2) for _ in range(3))
        blocks.append(
            TablePart(table=Table(name=f"t{number}", title=f"Table of theme {number}", columns=columns, rows=rows, notes=notes))
        )
    words = Words(
        table="Table", figure="Figure", contents="Contents", tables="Tables", figures="Figures", continued="", page="Page"
    )
    return Report(
        title="Big", subtitle="", authors=(), notice="", language="en", direction="ltr", words=words, blocks=numbered(blocks)
    )


def one(form: str) -> None:
    """Write one format, and print seconds and megabytes."""
    from prevalence.report.document.written import written

    report = tree()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    data = written(report, form)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pages = ""
    if form == "pdf":
        import io

        import pypdf

        pages = f", {len(pypdf.PdfReader(io.BytesIO(data)).pages)} pages"
    print(
        f"{form:5} {seconds:7.1f} s   peak {peak / 1024:6.0f} MB (tree alone {before / 1024:.0f} MB)   {len(data) / 1e6:.1f} MB{pages}"
    )


def run() -> None:
    """Make the report of the sample survey with all standard tables that it can fill."""
    from prevalence.job import sample_config
    from prevalence.job.reporting._report import report

    folder = sample_config().parent
    text = (folder / "baseline.toml").read_text(encoding="utf-8")
    for file in ("children.sav", "workers.dta"):
        text = text.replace(f'"{file}"', f'"{(folder / file).as_posix()}"')
    with TemporaryDirectory() as name:
        config = Path(name) / "big.toml"
        config.write_text(text + '\n[report]\ntables = ["mics", "national", "forced-labour"]\n', encoding="utf-8")
        start = time.perf_counter()
        made = report(config, out=Path(name) / "out")
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"run   {seconds:7.1f} s   peak {peak / 1024:6.0f} MB   {len(made.tables)} tables, {len(made.figures)} figures, all formats"
    )


if __name__ == "__main__":
    asked = sys.argv[1:]
    if asked == ["run"]:
        run()
    elif asked:
        one(asked[0])
    else:
        for name in FORMATS:
            subprocess.run([sys.executable, __file__, name], check=True)
