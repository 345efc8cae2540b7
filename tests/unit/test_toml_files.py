"""TOML files: all faults at once, each with its line, whatever the shape of the model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from prevalence.errors import ConfigError, OptionError
from prevalence.toml_files import TomlTable, lines_of, place_of, read


class Cut(TomlTable):
    op: Literal["cut"]
    width: float


class Join(TomlTable):
    op: Literal["join"]
    with_name: str


class Person(TomlTable):
    name: str
    kind: Literal["child", "worker"] = "child"


class Box(TomlTable):
    title: str
    steps: dict[str, Annotated[Cut | Join, Field(discriminator="op")]] = Field(default_factory=dict)
    people: tuple[Person, ...] = ()
    owner: Person | None = None


def message_of(text: str, folder: Path) -> str:
    (folder / "box.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read(folder / "box.toml", Box, "box")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('titel = "T"', "  line 1, titel: unknown key 'titel'. Did you mean 'title'?"),
        (
            'title = "T"\n[[people]]\nname = "A"\n[[people]]\nnam = "B"',
            "  line 5, people.nam: unknown key 'nam'. Did you mean 'name'?",
        ),
        ('title = "T"\n[[people]]\nname = "A"\n[[people]]\n', "  line 4, people.name: the key 'name' is needed and absent."),
        ('title = "T"\n[steps.a]\nop = "cut"\nwidht = 1', "  line 4, steps.a.widht: unknown key 'widht'. Did you mean 'width'?"),
        ('title = "T"\n[steps.op]\nop = "cat"\nwidth = 1', "  line 2, steps.op: unknown op 'cat'. Did you mean 'cut'?"),
        ('title = "T"\n[steps]\na = { width = 1 }', "  line 3, steps.a: the key 'op' is needed: one of cut, join."),
        (
            'title = "T"\n[owner]\nname = "A"\nkind = "wrker"',
            "kind must be one of 'child', 'worker'; found 'wrker'. Did you mean 'worker'?",
        ),
        ("title = 3", "  line 1, title: input should be a valid string; found 3."),
    ],
)
def test_a_fault_has_its_line_its_place_and_a_hint(text: str, line: str, tmp_path: Path) -> None:
    assert line in message_of(text, tmp_path)


def test_all_faults_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    message = message_of("x = 1\ny = 2\n[owner]\nz = 3\n", tmp_path)
    assert message.startswith("The box 'box.toml' has 5 faults:")
    assert message.index("line 1, x") < message.index("line 2, y") < message.index("line 4, owner.z")


def test_lines_of_nested_arrays_carry_their_positions() -> None:
    text = "[[a]]\nx = 1\n[a.b]\ny = 2\n[[a]]\n[[a.c]]\nz = 3\n"
    lines = lines_of(text)
    assert lines[("a", 0, "x")] == 2
    assert lines[("a", 0, "b", "y")] == 4
    assert lines[("a", 1, "c", 0, "z")] == 7


def test_a_file_that_is_none_or_no_toml(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read(tmp_path / "absent.toml", Box, "box")
    assert "must be a TOML file; it is not" in message_of("= 1", tmp_path)


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(OptionError, match=r"rule must be one of .*found 'mic'. Did you mean 'mics'"):
        place_of("mic", "report/reliability/rules", "rule")
