from __future__ import annotations

from pathlib import Path

import pytest

from prevalence import loaders
from prevalence.errors import ConfigError, LoadError

SMALLEST = """
[design]
weight = "w"
"""


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_profiles_have_titles_and_are_valid() -> None:
    shipped = loaders.profiles()
    mics, dhs = {"mics4", "mics5", "mics6"}, {"dhs-household", "dhs-persons", "dhs-women", "dhs-men"}
    layouts = {"lfs-generic", "lfs-ilo", "simpoc", "cocoa", "forced-labour", "kobo", "odk", "pnadc"}
    assert {profile.name for profile in shipped} == mics | dhs | layouts | {"sample-children", "sample-workers"}
    assert all(profile.title for profile in shipped)
    assert all(loaders.read_profile(profile.name).name == profile.name for profile in shipped)


def test_unknown_profile_suggests() -> None:
    with pytest.raises(LoadError, match=r"no shipped profile 'mics-6'.* Did you mean 'mics6'\?"):
        loaders.read_profile("mics-6")


def test_absent_profile_file_is_named() -> None:
    with pytest.raises(LoadError, match=r"'nowhere/mine.toml' cannot be read"):
        loaders.read_profile("nowhere/mine.toml")


def test_own_profile_lies_over_what_it_extends(tmp_path: Path) -> None:
    text = """
extends = "mics6"
[design]
lonely_psu = "fail"
[variables.country]
op = "constant"
value = "GHA"
[variables.region]
op = "recode"
column = "HH7"
codes = { 1 = "Ashanti", 2 = "Volta" }
"""
    mine, base = loaders.read_profile(written(tmp_path, text)), loaders.read_profile("mics6")
    assert mine.name == "mine"
    assert (mine.design.lonely_psu, mine.design.weight) == ("fail", "fsweight")
    assert mine.variables["region"].op == "recode"
    assert mine.variables["sex"] == base.variables["sex"]
    assert mine.id == base.id


def test_own_profile_may_extend_another_of_ones_own(tmp_path: Path) -> None:
    written(tmp_path, SMALLEST, "base.toml")
    mine = loaders.read_profile(written(tmp_path, 'extends = "base.toml"\nid = ["pid"]\n'))
    assert (mine.design.weight, mine.id) == ("w", ("pid",))


def test_circle_of_profiles_is_refused(tmp_path: Path) -> None:
    written(tmp_path, 'extends = "mine.toml"', "other.toml")
    with pytest.raises(ConfigError, match="mine > other > mine"):
        loaders.read_profile(written(tmp_path, 'extends = "other.toml"'))


def test_all_faults_come_at_once_with_lines_and_suggestions(tmp_path: Path) -> None:
    text = """
[design]
wieght = "w"
lonely_psu = "adjusted"

[variables.sex]
op = "recode"
colunm = "SEX"
codes = { 1 = "Male" }

[variables.age]
op = "numbre"
column = "AGE"

[variables.area]
column = "HH6"

[keep.FS17]
codes = [1]
"""
    with pytest.raises(ConfigError) as caught:
        loaders.read_profile(written(tmp_path, text))
    message = str(caught.value)
    assert "Profile 'mine' has 8 faults:" in message
    for line in (
        "line 3, design.wieght: unknown key 'wieght'. Did you mean 'weight'?",
        "design.weight: the key 'weight' is needed and absent.",
        "line 4, design.lonely_psu:",
        "Did you mean 'adjust'?",
        "line 8, variables.sex.colunm: unknown key 'colunm'. Did you mean 'column'?",
        "variables.sex.column: the key 'column' is needed and absent.",
        "variables.age: unknown op 'numbre'. Did you mean 'number'?",
        "variables.area: the key 'op' is needed",
        "keep.FS17.reason: the key 'reason' is needed and absent.",
    ):
        assert line in message


def test_levels_must_cover_the_codes(tmp_path: Path) -> None:
    text = SMALLEST + '[variables.a]\nop = "recode"\ncolumn = "A"\ncodes = { 1 = "x", 2 = "y" }\nlevels = ["x"]\n'
    with pytest.raises(ConfigError, match="levels must list every level of codes; not listed: y"):
        loaders.read_profile(written(tmp_path, text))


def test_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is not valid TOML: .*line 1"):
        loaders.read_profile(written(tmp_path, "[design\nweight = 1"))


def test_file_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes('title = "Côte"'.encode("latin-1"))
    with pytest.raises(ConfigError, match="must be UTF-8 text; byte 11 is not"):
        loaders.read_profile(path)
