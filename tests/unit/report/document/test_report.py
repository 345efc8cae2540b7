"""The report of the sample survey: the same tables in every format, sentences that say the estimates, the whole method, no microdata."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import docx
import lxml.html
import pypdf
import pytest

import prevalence as pv
from prevalence.cli import BAD_INPUT, main
from prevalence.errors import ConfigError, OptionError, OutputError
from prevalence.job import sample_config
from prevalence.job.reporting._document import document
from prevalence.report.document.written import ReportFiles

NAME = "statistical-report"
FEWEST = 25
"""Unweighted observations behind a published figure, as in MICS and DHS reports."""
WITHOUT_SEX = """
[variables.economic_activity]
op = "any_yes"
columns = ["works"]
yes = [1]
no = [2]
[variables.economic_hours]
op = "number"
column = "hours"
"""


def page_of(made: ReportFiles) -> lxml.html.HtmlElement:
    return lxml.html.fromstring((made.folder / f"{NAME}.html").read_text(encoding="utf-8"))


def text_of(made: ReportFiles) -> str:
    return " ".join(page_of(made).find(".//main").text_content().split())


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_word_html_and_pdf_hold_every_cell_of_every_table(children: ReportFiles) -> None:
    document = docx.Document(str(children.folder / f"{NAME}.docx"))
    page = page_of(children)
    pdf = squeezed("".join(p.extract_text() for p in pypdf.PdfReader(children.folder / f"{NAME}.pdf").pages))
    in_html = page.xpath("//section[@class='table']")
    assert len(children.tables) == len(document.tables) == len(in_html) > 10
    for table, in_word, in_page in zip(children.tables, document.tables, in_html, strict=True):
        wanted = [[row.label, *(cell.text for cell in row.cells)] for row in table.rows]
        marks = [[row.marks, *(cell.marks for cell in row.cells)] for row in table.rows]
        printed = [[t + ",".join(m) for t, m in zip(*pair, strict=True)] for pair in zip(wanted, marks, strict=True)]
        rows = [[cell.text for cell in row.cells] for row in in_word.rows]
        assert [row for row in rows if row in printed] == printed
        found = [[cell.text_content() for cell in row] for row in in_page.xpath(".//tbody/tr[not(@class='group')]")]
        assert found == printed
        for row in wanted:
            assert all(squeezed(text) in pdf for text in row)


def test_sentences_say_the_estimates(children: ReportFiles) -> None:
    survey = pv.load(sample_config().parent / "children.sav", profile="sample-children")
    survey = pv.classify.child_labour(survey, definition="sdg-8.7.1")
    table = pv.prevalence(survey, "child_labour", by=["country", "sex"], margins=["sex"]).ci(method="korn-graubard").to_pandas()
    text = text_of(children)
    for country, rows in table.groupby("country"):
        by = rows.set_index("sex")
        whole = by.loc["All"]
        assert (
            f"In {country}, child labour is estimated at {100 * whole.estimate:.1f}% (95% interval "
            f"[{100 * whole.ci_low:.1f}, {100 * whole.ci_high:.1f}]; n = {whole.n:,.0f}): "
            f"{100 * by.loc['Female'].estimate:.1f}% among females and {100 * by.loc['Male'].estimate:.1f}% among males"
        ) in text


def test_sampling_errors_are_those_of_the_estimates(children: ReportFiles) -> None:
    survey = pv.load(sample_config().parent / "children.sav", profile="sample-children")
    survey = pv.classify.child_labour(survey, definition="sdg-8.7.1")
    table = pv.prevalence(survey, "child_labour", by=["country", "area"]).to_pandas().set_index(["country", "area"])
    (errors,) = [each for each in children.tables if each.name == "errors-xaa-children"]
    row = next(row for row in errors.rows if row.label == "Rural")
    cells = {column.head: cell for column, cell in zip(errors.columns, row.cells, strict=True)}
    found = table.loc[("XAA", "Rural")]
    assert cells["SE"].values[0] == pytest.approx(100 * found.se)
    assert cells["deff"].values[0] == pytest.approx(found.deff)
    assert cells["deft"].values[0] == pytest.approx(found.deff**0.5)
    assert cells["n"].values[0] == found.n


def test_the_method_names_design_definitions_files_and_counts(children: ReportFiles) -> None:
    text = text_of(children)
    survey = pv.load(sample_config().parent / "children.sav", profile="sample-children")
    survey = pv.classify.child_labour(survey, definition="sdg-8.7.1")
    design, provenance = survey.design, survey.provenance
    for name in (design.weight, *design.strata, *design.units, provenance.profile, provenance.sources[0].sha256):
        assert name in text
    rule = provenance.definitions["child_labour"]
    for said in (rule.title, rule.name, rule.version, rule.source, rule.status):
        assert said in text
    for count in provenance.counts:
        assert count.reason in text and count.step in text
    for note in provenance.notes:
        assert note in text
    for said in (
        "all children 5-17 in private households",
        "census of the fictional countries",
        "centred at the mean of all",
        "the smaller of units minus strata, over the strata that a domain touches",
        "treat them: a person whose status cannot be settled counts as not in child labour",
        "Korn-Graubard",
        "numpy",
    ):
        assert said in text


def test_withheld_cells_are_withheld_everywhere(children: ReportFiles) -> None:
    rows = list(csv.DictReader(io.StringIO((children.folder / f"{NAME}.csv").read_text(encoding="utf-8"))))
    hidden = [row for row in rows if row["flag"].startswith("withheld")]
    assert hidden and all(row["estimate"] == row["n"] == "" for row in hidden)
    said = re.search(r"Of ([\d,]+) estimates of this report, ([\d,]+) are withheld", text_of(children))
    assert said is not None
    there = [row for row in rows if row["flag"] != "no observations"]
    assert [int(number.replace(",", "")) for number in said.groups()] == [len(there), len(hidden)]


def test_the_report_holds_groups_and_no_people(children: ReportFiles) -> None:
    survey = pv.load(sample_config().parent / "children.sav", profile="sample-children")
    text = text_of(children)
    assert not [weight for weight in survey.data["fsweight"].head(200) if f"{weight:.6f}" in text]
    counts = [
        cell.values[0]
        for table in children.tables
        for row in table.rows
        for column, cell in zip(table.columns, row.cells, strict=True)
        if column.head == "n" and cell.values
    ]
    assert counts and min(counts) >= FEWEST


def test_titles_authors_foreword_and_contents(children: ReportFiles) -> None:
    page = page_of(children)
    assert page.findtext(".//h1") == "The children of the sample"
    assert "Read this first." in text_of(children)
    assert page.xpath("//meta[@name='author']/@content") == ["An Office, A. Person"]
    heads = [h.text_content() for h in page.xpath("//main/h2")]
    assert heads[0] == "Foreword"
    assert [re.sub(r"^\d+", "", head) for head in heads[1:]] == [
        "Summary",
        "XAA",
        "XBB",
        "XCC",
        "Method",
        "Sampling errors",
        "Quality of the figures",
        "Software",
    ]
    core = docx.Document(str(children.folder / f"{NAME}.docx")).core_properties
    assert (core.title, core.author) == ("The children of the sample", "An Office, A. Person")


def test_the_same_configuration_gives_the_same_bytes(small: Callable[..., Path], tmp_path: Path) -> None:
    config = small()
    for name in ("a", "b"):
        document(config, tmp_path / name, quiet=True)
    for file in sorted((tmp_path / "a").iterdir()):
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_formats_of_an_earlier_report_go_and_other_files_stay(small: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    config = small()
    document(config, out, formats=["html"], quiet=True)
    (out / "baseline.json").write_text('{"files": ["mine.txt"]}')
    (out / "mine.txt").write_text("mine")
    made = document(config, out, formats=["docx"], quiet=True)
    assert made.files == (f"{NAME}.docx", f"{NAME}.csv")
    assert sorted(path.name for path in out.iterdir()) == ["baseline.json", "mine.txt", f"{NAME}.csv", f"{NAME}.docx"]


def test_a_report_that_fails_leaves_the_folder_as_it_was(small: Callable[..., Path], tmp_path: Path) -> None:
    templates = tmp_path / "t"
    templates.mkdir()
    (templates / "quality.md.j2").write_text("{{ qualty }}")
    config = small('[report]\ntemplates = "t"\n')
    with pytest.raises(ConfigError, match=r"quality\.md\.j2 .*'qualty' is undefined.* Did you mean 'quality'\?"):
        document(config, tmp_path / "out", quiet=True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('langauge = "fr"', r"langauge"),
        ('language = "xx"', r"xx"),
        ('rule = "micks"', r"Did you mean 'mics'\?"),
        ('formats = ["odt"]', r"odt"),
        ("formats = []", r"formats"),
        ('tables = ["mics-pr.3.9"]', r"no standard table or set 'mics-pr\.3\.9'"),
        ('templates = "none"', r"no such folder: 'none'"),
        ('summary = "none.md"', r"no such file: 'none\.md'"),
    ],
)
def test_a_faulty_report_table_is_one_clear_error(small: Callable[..., Path], tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        document(small(f"[report]\n{line}\n"), tmp_path / "out", quiet=True)


def test_a_standard_table_that_no_survey_can_fill_is_an_error(small: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"No survey can fill the standard table 'mics-pr\.3\.4'"):
        document(small('[report]\ntables = ["mics-pr.3.4"]\n'), tmp_path / "out", quiet=True)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Standard tables that the data cannot fill: "),
        ("pt", "Tabelas normalizadas que os dados não permitem preencher: "),
    ],
)
def test_tables_of_a_set_that_the_survey_cannot_fill_are_named(
    small: Callable[..., Path], tmp_path: Path, language: str, sentence: str
) -> None:
    config = small(f'[report]\ntables = ["national"]\nlanguage = "{language}"\n')
    text = text_of(document(config, tmp_path / "out", formats=["html"], quiet=True))
    assert sentence in text
    named = text.split(sentence)[1].split(".")[0].split(", ")
    assert {"national-4", "national-7", "national-23"} <= set(named)
    assert "national-11" not in named


def test_an_unknown_format_and_a_file_in_place_of_the_folder_are_errors(small: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="'odt'"):
        document(small(), tmp_path / "out", formats=["odt"], quiet=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="'file' is a file"):
        document(small(), tmp_path / "file", quiet=True)


def test_a_report_that_is_not_for_publication_says_so_first(small: Callable[..., Path], tmp_path: Path) -> None:
    made = document(small(top="publish = false\n"), tmp_path / "out", formats=["html"], quiet=True)
    assert page_of(made).xpath("//header/p[@class='notice']")[0].text_content().startswith("Not for publication")


def test_hostile_names_of_data_stay_text(small: Callable[..., Path], tmp_path: Path) -> None:
    config = small('country = "<b>&{{ 7*7 }}# *X*</b>"\n')
    made = document(config, tmp_path / "out", quiet=True)
    assert "In <b>&{{ 7*7 }}# *X*</b>, child labour is estimated at" in text_of(made)


@pytest.mark.parametrize(
    ("language", "heads", "sentence"),
    [
        ("fr", ["Résumé", "Résultats", "Méthode"], "le taux de travail des enfants est estimé à"),
        ("es", ["Resumen", "Resultados", "Método"], "la tasa de trabajo infantil se estima en"),
        ("pt", ["Resumo", "Resultados", "Método"], "a taxa de trabalho infantil é estimada em"),
    ],
)
def test_reports_in_other_languages(
    small: Callable[..., Path], tmp_path: Path, language: str, heads: list[str], sentence: str
) -> None:
    made = document(small(f'[report]\nlanguage = "{language}"\n'), tmp_path / "out", formats=["html"], quiet=True)
    page = page_of(made)
    assert page.get("lang") == language
    assert [re.sub(r"^\d+", "", h.text_content()) for h in page.xpath("//main/h2")][:3] == heads
    assert sentence in text_of(made)
    for english in ("Standard errors are", "Degrees of freedom are", "This chapter", "Table ", "standard error (SE)"):
        assert english not in text_of(made)


def test_standard_tables_stand_in_the_chapter_of_their_country(children: ReportFiles) -> None:
    found = [table for table in children.tables if table.number == "PR.3.3"]
    assert [table.title for table in found] == ["Child labour (XAA)", "Child labour (XBB)", "Child labour (XCC)"]
    assert all(row.cells for table in found for row in table.rows)


def test_bad_input_on_the_command_line_is_one_message_and_status_2(
    small: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = small('[report]\nrule = "micks"\n')
    monkeypatch.setattr("sys.argv", ["prevalence", "report", str(config), "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == BAD_INPUT
    assert "Did you mean 'mics'?" in capsys.readouterr().err


def test_titles_say_nothing_of_sex_where_the_data_lack_it(small: Callable[..., Path], tmp_path: Path) -> None:
    config = small()
    profile = config.parent / "small.toml"
    profile.write_text(profile.read_text().partition("[variables.sex]")[0] + WITHOUT_SEX)
    made = document(config, tmp_path / "out", formats=["html"], quiet=True)
    titles = [table.title for table in made.tables]
    assert "Child labour by age group" in titles
    assert "Number of people in child labour, by age" in titles
    assert not [title for title in titles if "sex" in title]
    assert "By sex: the data have no column 'sex'." in text_of(made)


def test_numbers_of_people_have_a_pyramid_and_sampling_errors(small: Callable[..., Path], tmp_path: Path) -> None:
    made = document(small(), tmp_path / "out", formats=["html"], quiet=True)
    title = "Number of people in child labour, by age and sex"
    assert title in made.figures
    assert [table.title for table in made.tables if table.title.startswith(title)] == [title, f"{title}: sampling errors"]
    (numbers, errors) = [table for table in made.tables if table.title.startswith(title)]
    assert [column.head for column in numbers.columns[:3]] == ["number", "95% interval", "n"]
    whole = next(row for row in numbers.rows if row.total)
    assert errors.rows[-1].cells[0].text == whole.cells[-3].text
