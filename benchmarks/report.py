"""Time and memory of a report of 200 tables in each format: of the writers alone, and of the whole command from files to report.

python benchmarks/report.py              # the writers alone, each in a process of its own; pdf-tables is pv.report.save
python benchmarks/report.py command      # prevalence report on simulated surveys, once for each format
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
ROUNDS = 5
"""Simulated rounds of two surveys in three countries, 45 tables each."""
CONFIG = """
[[surveys]]
name = "children-{number}"
files = ["{number}/children.sav"]
profile = "sample-children"
measure = "child_labour"
definition = "sdg-8.7.1"
exposure = "household"
chains = ["cocoa", "coffee", "cotton", "garment", "mining", "fishing"]

[[surveys]]
name = "workers-{number}"
files = ["{number}/workers.dta"]
profile = "sample-workers"
measure = "forced_labour"
definition = "icls20"
exposure = "own"
chains = ["cocoa", "coffee", "cotton", "garment", "mining", "fishing"]
"""


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
    from prevalence.report.document.tree import TablePart
    from prevalence.report.document.written import written
    from prevalence.report.formats.typeset import pdf

    report = tree()
    tables = [block.table for block in report.blocks if isinstance(block, TablePart)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    data = pdf(tables) if form == "pdf-tables" else written(report, form)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory = f"peak {peak / 1024:6.0f} MB (tree alone {before / 1024:.0f} MB)"
    print(f"{form:10} {seconds:7.1f} s   {memory}   {len(data) / 1e6:.1f} MB{pages(data)}")


def pages(data: bytes) -> str:
    """Return how many pages a file has that says so."""
    import io

    import pypdf

    return f", {len(pypdf.PdfReader(io.BytesIO(data)).pages)} pages" if data.startswith(b"%PDF") else ""


def command(*formats: str) -> None:
    """Make one report of simulated surveys by the command, in a process of its own."""
    from prevalence.simulate import SEED, write_sample

    with TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(ROUNDS):
            (folder / str(number)).mkdir()
            write_sample(folder / str(number), seed=SEED + number)
        texts = (CONFIG.format(number=number) for number in range(ROUNDS))
        (folder / "config.toml").write_text(f'title = "Of {ROUNDS} rounds"\n{"".join(texts)}', encoding="utf-8")
        asked = [word for form in formats for word in ("--format", form)]
        start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from prevalence.cli import main; main()",
                "report",
                str(folder / "config.toml"),
                "--out",
                str(folder / "out"),
                *asked,
            ],
            check=True,
            stdout=subprocess.PIPE,  # progress goes to standard error
            text=True,
        )
        seconds = time.perf_counter() - start
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        sizes = [path.read_bytes() for path in (folder / "out").iterdir() if path.suffix != ".csv"]
    files = "; ".join(f"{len(data) / 1e6:.1f} MB{pages(data)}" for data in sizes)
    print(
        f"{' '.join(formats) or 'all':10} {seconds:7.1f} s ({cpu:.0f} s of processor)   peak {used.ru_maxrss / 1024:6.0f} MB   {files}   {done.stdout.split(' are in')[0]}"
    )


if __name__ == "__main__":
    asked = sys.argv[1:]
    if asked == ["command"]:
        for name in FORMATS:
            command(name)
    elif asked[:1] == ["command"]:
        command(*asked[1:])
    elif asked:
        one(asked[0])
    else:
        for name in (*FORMATS, "pdf-tables"):
            subprocess.run([sys.executable, __file__, name], check=True)
