"""What a profile may say: the tables and operations of its TOML file, checked by pydantic."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from prevalence.checks import as_names
from prevalence.design import DfRule, LonelyPsu, WeightScale
from prevalence.toml_files import TomlTable

Answer = int | float | str
Answers = Annotated[tuple[Answer, ...], Field(min_length=1)]
Columns = Annotated[tuple[str, ...], Field(min_length=1)]
Limits = Annotated[tuple[float, ...], Field(min_length=1, max_length=2)]
MAIN_ROLE = "main"


class FileTable(TomlTable):
    """How the file is read, where its extension does not tell.

    Attributes
    ----------
    format : {"csv", "fixed-width", "excel"}, optional
        For an extension such as ``.txt`` that says little.
    encoding : str, optional
        Encoding of the text, such as ``"latin-1"``.
    separator, decimal : str
        Of CSV files; an empty separator is found from the first line.
    sheet : str or int
        Sheet of a workbook, by name or by position from 0.
    layout : mapping of column to text
        Positions in a fixed-width file as SAS writes them: ``"@35 15"`` starts at 35, 15 wide; ``"@12 $9"`` is text.
    file_column : str
        Column to make that holds the name of the file of each row; none if empty.
    role : str
        What the file is called where a profile reads several (`Join`): ``load({"hh": ..., "hl": ...})``.
    group_separator : str
        What stands between group and question in the names of a form's columns: with ``"/"``, the column ``house/area`` is
        also known as ``area``. None if empty.
    choice_separator : str
        What stands between a select_multiple question and its choice: with ``"/"``, a column ``crops/cocoa`` that the file
        lacks is made from the text of ``crops`` (``"maize cocoa"``). None if empty.
    xlsform : str
        Path of the form (XLSForm workbook), seen from the profile: labels, choices, and a check of select_multiple answers.
    language : str
        Language of its labels, such as ``"English"``; the first one if empty.
    """

    format: Literal["csv", "fixed-width", "excel"] | None = None
    encoding: str | None = None
    separator: str = ""
    decimal: str = "."
    sheet: str | int = 0
    layout: dict[str, Annotated[str, Field(pattern=r"^@\d+ \$?\d+\.?$")]] = Field(default_factory=dict)
    file_column: str = ""
    role: str = MAIN_ROLE
    group_separator: str = ""
    choice_separator: str = ""
    xlsform: str = ""
    language: str = ""


class Join(TomlTable):
    """Another file, or another sheet, whose rows lend columns to the rows that carry their key.

    Attributes
    ----------
    keys : mapping of column to column
        Column of the main file (or of an earlier join) -> column of this file. A key may stand in many main rows, but in one
        row of this file.
    columns : tuple of str, or mapping of new name to column
        Columns to take. Without them, all that the profile names and the main file lacks.
    sheet : str or int, optional
        Sheet of the main file's workbook to read where no file of its own is given.
    unmatched : {"keep", "drop"}
        Main rows without a match: kept with these columns missing, or dropped. Either way they are counted.
    optional : bool
        Whether the profile also works without this file.
    """

    keys: dict[str, str] = Field(min_length=1)
    columns: tuple[str, ...] | dict[str, str] = ()
    sheet: str | int | None = None
    unmatched: Literal["keep", "drop"] = "keep"
    optional: bool = False

    @property
    def taken(self) -> Mapping[str, str]:
        """Name in the survey -> column of this file, for the columns listed."""
        return self.columns if isinstance(self.columns, dict) else {name: name for name in self.columns}


class DesignTable(TomlTable):
    """The sampling design: the options of `prevalence.Design`."""

    weight: str
    stratum: str | tuple[str, ...] | None = None
    psu: str | tuple[str, ...] | None = None
    fpc: str | None = None
    lonely_psu: LonelyPsu = "fail"
    lonely_domains: bool = False
    df_rule: DfRule = "satterthwaite"
    weight_scale: WeightScale = "population"
    population: float | None = None


class Keep(TomlTable):
    """Rows to keep: those whose column holds one of the codes."""

    codes: Answers
    reason: str


class Fallback(TomlTable):
    """Columns of the design or key that stand in for one that the file lacks (none: it is left out)."""

    columns: tuple[str, ...] = ()
    note: str


class Recipe(TomlTable):
    """What all operations share: a label, the missing codes with their reasons, and whether the file may lack it."""

    label: str = ""
    missing: dict[str, str] = Field(default_factory=dict)
    optional: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """Columns of the file that the operation reads."""
        column: str | None = getattr(self, "column", None)
        return (column,) if column is not None else tuple(getattr(self, "columns", ()))

    @property
    def needed(self) -> tuple[str, ...]:
        """Those without which it cannot be made."""
        return self.sources

    def fitting(self, names: Collection[str]) -> Self | None:
        """Return the operation as it can be made from these columns, None if it cannot."""
        return self if set(self.needed).issubset(names) else None


class Several(Recipe):
    """An operation on several columns; `optional_columns` are used where the file has them."""

    columns: Columns
    optional_columns: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns, optional ones included."""
        return (*self.columns, *self.optional_columns)

    @property
    def needed(self) -> tuple[str, ...]:
        """Those that are not optional."""
        return tuple(name for name in self.sources if name not in self.optional_columns)

    def fitting(self, names: Collection[str]) -> Self | None:
        """Return the operation with the optional columns that there are."""
        there = tuple(name for name in self.optional_columns if name in names)
        return self.model_copy(update={"optional_columns": there}) if set(self.needed).issubset(names) else None


class Recode(Recipe):
    """Codes to levels; `if_empty` looks at other columns where the first is empty (a skipped question)."""

    op: Literal["recode"]
    column: str
    codes: dict[str, str] = Field(min_length=1)
    levels: tuple[str, ...] = ()
    if_empty: dict[str, dict[str, str]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _levels_cover_codes(self) -> Recode:
        if self.levels and (unlisted := set(self.codes.values()) - set(self.levels)):
            raise ValueError(f"levels must list every level of codes; not listed: {', '.join(sorted(unlisted))}")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """The column and those of `if_empty`."""
        return (self.column, *self.if_empty)


class Labels(Recipe):
    """Codes to the value labels of the file; a code without label stands for itself."""

    op: Literal["labels"]
    column: str


class Number(Recipe):
    """A number, missing where a missing code stands or outside the `valid` range, divided by `divide_by`."""

    op: Literal["number"]
    column: str
    valid: tuple[float, float] | None = None
    divide_by: float = Field(default=1.0, gt=0)


class Sum(Several):
    """The sum of the known numbers of several columns (each in the `valid` range), missing if none is known."""

    op: Literal["sum"]
    valid: tuple[float, float] | None = None


class FirstKnown(Recipe):
    """The number of the first column that has one in the `valid` range; how often a later column stood in is counted.

    Columns that the file lacks are left out, and a note says so.
    """

    op: Literal["first_known"]
    columns: Columns
    valid: tuple[float, float] | None = None

    @property
    def needed(self) -> tuple[str, ...]:
        """The first column, if the file has none of them."""
        return self.columns[:1]

    def fitting(self, names: Collection[str]) -> Self | None:
        """Return the operation with the columns that there are."""
        there = tuple(name for name in self.columns if name in names)
        return self.model_copy(update={"columns": there}) if there else None


class Product(Recipe):
    """The product of the numbers of several columns, missing if one is; where `given` is empty, missing too."""

    op: Literal["product"]
    columns: Columns
    given: str | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The factors and the column that must be filled."""
        return (*self.columns, self.given) if self.given else self.columns


class Normalised(Recipe):
    """A number times sum(`to`) / sum(number), both sums over the rows in which both are known."""

    op: Literal["normalised"]
    column: str
    to: str

    @property
    def sources(self) -> tuple[str, ...]:
        """The number, and the column whose sum it shall have."""
        return (self.column, self.to)


class AnyYes(Several):
    """1 if any column holds a yes code, 0 if all hold a no code, missing otherwise.

    `no_if_empty` looks at other columns where all of these are empty: their codes there mean no (a skipped question).
    """

    op: Literal["any_yes"]
    yes: Answers = (1,)
    no: Answers = (2,)
    no_if_empty: dict[str, Answers] = Field(default_factory=dict)

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns and those of `no_if_empty`."""
        return (*super().sources, *self.no_if_empty)


class AnyCode(Several):
    """1 if any column holds one of the codes, 0 otherwise."""

    op: Literal["any_code"]
    codes: Answers


class Bands(Recipe):
    """A level for each band of a number; limits are inclusive, a single limit is open above."""

    op: Literal["bands"]
    column: str
    bands: dict[str, Limits] = Field(min_length=1)


class Code(Recipe):
    """A classification code as text: the leading zero that a number lost is restored, the `first` digits are kept."""

    op: Literal["code"]
    column: str
    digits: int = Field(default=4, ge=1, le=8)
    first: int | None = Field(default=None, ge=1)
    pad_text: bool = False


class Constant(Recipe):
    """The same value in every row."""

    op: Literal["constant"]
    value: str | int | float


class Text(Recipe):
    """Text without surrounding blanks, in capitals if `upper`."""

    op: Literal["text"]
    column: str
    upper: bool = False


AnyRecipe = Annotated[
    Recode | Labels | Number | Sum | FirstKnown | Product | Normalised | AnyYes | AnyCode | Bands | Code | Constant | Text,
    Field(discriminator="op"),
]
OPERATIONS: tuple[type[Recipe], ...] = (
    Recode,
    Labels,
    Number,
    Sum,
    FirstKnown,
    Product,
    Normalised,
    AnyYes,
    AnyCode,
    Bands,
    Code,
    Constant,
    Text,
)


class Profile(TomlTable):
    """How the columns and codes of a kind of file become canonical variables, and how its sample was drawn.

    Attributes
    ----------
    name, title, source : str
        Name (that of the file if it gives none), a line for lists, and the document that the codes were taken from.
    extends : str, optional
        Profile that this one was merged onto.
    notes : tuple of str
        What every user must know: they go into the provenance of each survey loaded.
    file : FileTable
    join : mapping of role to Join
        Further files whose columns are taken, in this order.
    design : DesignTable
    id : tuple of str
        Columns that name a person.
    prepare : mapping of name to operation
        Columns made of all rows, before `keep`, each from columns of the file and from those made above it; design, key, `keep` and
        variables may name them.
    keep : mapping of column to Keep
        Rows to keep; the others are dropped and counted.
    fallback : mapping of column to Fallback
        What to use where the file lacks a column of the design or of the key.
    columns : tuple of str
        Further columns of the file to carry along, where it has them.
    variables : mapping of canonical name to operation
    """

    name: str = ""
    title: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    extends: str | None = None
    file: FileTable = Field(default_factory=FileTable)
    join: dict[str, Join] = Field(default_factory=dict)
    design: DesignTable
    id: tuple[str, ...] = ()
    prepare: dict[str, AnyRecipe] = Field(default_factory=dict)
    keep: dict[str, Keep] = Field(default_factory=dict)
    fallback: dict[str, Fallback] = Field(default_factory=dict)
    columns: tuple[str, ...] = ()
    variables: dict[str, AnyRecipe] = Field(default_factory=dict)

    @property
    def mentioned(self) -> tuple[str, ...]:
        """Every column of the file that the profile names, each once."""
        design = self.design
        names = [design.weight, *as_names(design.stratum), *as_names(design.psu), *as_names(design.fpc), *self.id, *self.keep]
        names += [column for substitute in self.fallback.values() for column in substitute.columns]
        names += [column for recipe in (*self.prepare.values(), *self.variables.values()) for column in recipe.sources]
        names += [column for join in self.join.values() for column in (*join.keys, *join.taken)]
        return tuple(name for name in dict.fromkeys([*names, *self.columns]) if name not in self.prepare)
