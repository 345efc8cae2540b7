"""Mutation tests: plants one fault at a time in a copy of the source and says which tests notice it.

``python tests/mutations/run.py`` runs all lists; ``... engine`` one of them; ``... engine -k jackknife`` the mutations whose names hold a
word; ``--only properties`` or ``--only units`` one kind of test. It ends with 1 if a fault went unnoticed. It is not part of CI, which
only checks (`test_mutations`) that the lists still fit the source.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import shutil
import signal
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import Phase, settings

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SOURCE = ROOT / "src" / "prevalence"
KINDS = ("properties", "units")
OPTIONS = ("-x", "-q", "--tb=no", "--no-header", "-p", "no:cacheprovider", "--hypothesis-profile=mutations")
LIBRARIES = ("pandas", "scipy.optimize", "scipy.sparse", "pydantic", "narwhals.stable.v2")
LONGEST = 900
"""Seconds for the tests of one mutation; a fault that makes them hang is noticed too."""

settings.register_profile(
    "mutations",
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    report_multiple_bugs=False,
)
"""A failure is enough: it need not be shrunk."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One fault: in a file of the package `old` becomes `new`; the tests that should notice it, by kind."""

    name: str
    file: str
    old: str
    new: str
    tests: dict[str, tuple[str, ...]]


def lists() -> list[Path]:
    """Return the files of mutations."""
    return sorted(HERE.glob("*.toml"))


def mutations(path: Path) -> Iterator[Mutation]:
    """Yield the mutations of a list: tables named by file, each with `mutations` (name, old, new) and tests by kind, the likeliest first."""
    for file, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
        tests = {kind: tuple(table[kind]) for kind in KINDS if kind in table}
        for name, old, new in table["mutations"]:
            yield Mutation(name, file, old, new, tests)


def noticed(copy: Path, tests: tuple[str, ...]) -> str:
    """Return the first test that fails with the package in a folder, empty if all pass."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        # A child of a process that has loaded the libraries starts in half the time.
        child = os.fork()
        if child == 0:
            signal.alarm(LONGEST)
            os.dup2(said.fileno(), 1)
            sys.path.insert(0, str(copy))
            os.environ["PYTHONPATH"] = str(copy)
            os._exit(pytest.main([*OPTIONS, *tests]))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", said.read(), re.M)
    return failed[1].removeprefix("tests/") if failed else f"pytest ended with {status}" if status else ""


def sound(copy: Path, asked: list[Mutation], kinds: tuple[str, ...]) -> str:
    """Return the first test that fails without any fault, empty if all pass: such a test proves nothing."""
    tests = dict.fromkeys(test for mutation in asked for kind in kinds for test in mutation.tests.get(kind, ()))
    return noticed(copy, tuple(tests))


def judged(copy: Path, mutation: Mutation, kinds: tuple[str, ...]) -> dict[str, str]:
    """Return for each kind of test the one that notices a mutation, empty if none does."""
    path = copy / "prevalence" / mutation.file
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace(mutation.old, mutation.new), encoding="utf-8")
    try:
        return {kind: noticed(copy, mutation.tests[kind]) for kind in kinds if kind in mutation.tests}
    finally:
        path.write_text(whole, encoding="utf-8")


def main() -> int:
    """Run the mutations asked for; return 1 if no kind of test noticed one of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"lists: {', '.join(path.stem for path in lists())}")
    parser.add_argument("-k", default="", help="part of the name or file of mutations")
    parser.add_argument("--only", choices=KINDS)
    asked = parser.parse_args()
    os.chdir(ROOT)
    sys.dont_write_bytecode = True
    for library in LIBRARIES:
        importlib.import_module(library)
    chosen = [mutation for path in lists() if not asked.names or path.stem in asked.names for mutation in mutations(path)]
    chosen = [mutation for mutation in chosen if asked.k in f"{mutation.file} {mutation.name}"]
    kinds = (asked.only,) if asked.only else KINDS
    unnoticed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(SOURCE, copy / "prevalence")
        (copy / "prevalence" / "_sample").symlink_to(ROOT / "data" / "sample")  # where a wheel has it
        if failed := sound(copy, chosen, kinds):
            print(f"Tests must pass without a fault; {failed} does not. Mend it first.")
            return 2
        for mutation in chosen:
            found = judged(copy, mutation, kinds)
            unnoticed += not any(found.values())
            told = "; ".join(f"{kind}: {test or 'UNNOTICED'}" for kind, test in found.items())
            print(f"{mutation.file} | {mutation.name} | {told}", flush=True)
    print(f"{unnoticed} unnoticed")
    return int(unnoticed > 0)


if __name__ == "__main__":
    sys.exit(main())
