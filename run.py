"""Set this project up and use it: `python3 run.py demo` runs the main job, `python3 run.py test` runs every check.

Needs Python 3.11 or later with pip, and nothing else. All packages go into the folder `.venv` beside this file, in the
versions that the files in `requirements` lock; later runs install again only what has changed.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from importlib.util import find_spec
from pathlib import Path

OLDEST_PYTHON = (3, 11)
OLDEST_PIP = (22, 3)  # the first that installs into another environment (--python)

if sys.version_info < OLDEST_PYTHON:  # older ones read this file up to here, so nothing above may be newer than they are
    sys.exit("run.py needs Python 3.11 or later; this is {}.{}. Call it with a newer one.".format(*sys.version_info[:2]))

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "prevalence-installed.json"
LOCKS = {"run": ROOT / "requirements" / "run.txt", "test": ROOT / "requirements" / "test.txt"}

CHECKS = {
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy", "--strict", "src"],
    "layers": ["lint-imports", "--no-logo"],
    "tests": ["pytest", "--numprocesses=auto", "--maxprocesses=4"],
    "notebooks": ["pytest", "--nbmake", "--numprocesses=auto", "--maxprocesses=4", "notebooks"],
    "spelling": ["typos", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "notebooks", "src"],
    "docs": ["sphinx-build", "-W", "--keep-going", "-E", "-q", "-b", "html", "docs", "docs/_build/html"],
}


def main() -> int:
    """Read the command line, make the environment fit, do what was asked."""
    asked = read_arguments()
    if asked.command == "demo":
        set_up("run")
        return call(tool("prevalence"), "demo", "--out", asked.out)
    set_up("test")
    if asked.command == "test":
        return run_checks(asked.checks or list(CHECKS))
    print(f"Ready. Python: {PYTHON}; command line: {tool('prevalence')}")
    return 0


def read_arguments() -> argparse.Namespace:
    """Return the command and its options."""
    parser = argparse.ArgumentParser(prog="run.py", description="Set this project up in .venv and use it.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="run the main job on the sample survey")
    demo.add_argument("--out", default="results", help="folder for the results (default: results)")
    test = commands.add_parser("test", help="run every check, or the named ones")
    test.add_argument("checks", nargs="*", metavar="CHECK", help="one or more of: " + ", ".join(CHECKS))
    commands.add_parser("setup", help="only install, with everything for development")
    asked = parser.parse_args()
    unknown = [name for name in getattr(asked, "checks", []) if name not in CHECKS]
    if unknown:
        parser.error(f"no check is called {unknown[0]!r}; there are: {', '.join(CHECKS)}")
    return asked


def set_up(wanted: str) -> None:
    """Install the packages of a lock file and this project, unless that was done already."""
    stamp = read_stamp()
    identity = environment_identity()
    if not identity or stamp.get("identity", identity) != identity:
        create_environment()
        stamp, identity = {}, environment_identity()
    digest = digest_of(LOCKS[wanted], ROOT / "pyproject.toml")
    if stamp.get(wanted) == digest:
        return
    pip = [*pip_command(), "--disable-pip-version-check", "--quiet"]
    print(f"Installing the locked packages into {VENV.name}; the first time takes a few minutes ...", flush=True)
    install(pip, "--require-hashes", "--requirement", str(LOCKS[wanted]))
    install(pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    done = ("run", "test") if wanted == "test" else ("run",)  # the second lock holds all of the first
    digests = {name: digest_of(LOCKS[name], ROOT / "pyproject.toml") for name in done}
    STAMP.write_text(json.dumps({**stamp, "identity": identity, **digests}), encoding="utf-8")


def create_environment() -> None:
    """Make an empty virtual environment, without pip where this Python lacks ensurepip (Debian without python3-venv)."""
    builder = venv.EnvBuilder(clear=True, symlinks=os.name != "nt")
    builder.create(VENV)
    if find_spec("ensurepip"):
        answer_of(str(PYTHON), "-m", "ensurepip", "--default-pip")


def environment_identity() -> str:
    """Return Python version and place of the environment, empty if it cannot be used; a moved or upgraded one differs."""
    question = "import sys; print(*sys.version_info[:2], sys.prefix)"
    return answer_of(str(PYTHON), "-c", question)


def pip_command() -> list[str]:
    """Return a pip that installs into the environment: its own, else the one of the Python that runs this file."""
    if answer_of(str(PYTHON), "-m", "pip", "--version"):
        return [str(PYTHON), "-m", "pip"]
    version = answer_of(sys.executable, "-m", "pip", "--version")
    if not version:
        sys.exit(f"{sys.executable} has neither pip nor ensurepip. Install one of them (on Debian: apt install python3-pip).")
    number = version.split()[1]
    if tuple(int(part) for part in number.split(".")[:2]) < OLDEST_PIP:
        sys.exit(f"Where ensurepip is missing, pip must be 22.3 or later; found {number}. Upgrade pip, or install ensurepip.")
    return [sys.executable, "-m", "pip", "--python", str(PYTHON)]


def install(pip: list[str], *options: str) -> None:
    """Call pip install; stop with one line where it fails, below what pip itself said."""
    if subprocess.run([*pip, "install", *options], env=environment(), check=False).returncode:
        sys.exit("The installation failed; pip says why above. Nothing outside .venv was changed; run the same command again.")


def run_checks(names: list[str]) -> int:
    """Run the named checks, all of them whether one fails or not, and sum up."""
    results = {}
    for name in names:
        program, *options = CHECKS[name]
        print(f"\n== {name}: {' '.join(CHECKS[name])}", flush=True)
        start = time.monotonic()
        results[name] = call(tool(program), *options, folder=ROOT)
        print(f"== {name}: {'failed' if results[name] else 'passed'} in {time.monotonic() - start:.0f} s", flush=True)
    failed = [name for name, status in results.items() if status]
    if failed:
        print(f"\nFailed: {', '.join(failed)}. Repeat with: python3 run.py test {' '.join(failed)}")
    print(f"\nChecks: {len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def tool(name: str) -> str:
    """Return the path of a program of the environment."""
    path = shutil.which(name, path=str(BIN))
    if path is None:
        sys.exit(f"{name} is not in {VENV.name}. Delete that folder and run the same command again.")
    return path


def call(*command: str, folder: Path | None = None) -> int:
    """Run a program of the environment and return its exit status."""
    return subprocess.run(command, env=environment(), cwd=folder, check=False).returncode


def answer_of(*command: str) -> str:
    """Return what a program prints, empty if it fails."""
    try:
        answer = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return answer.stdout.strip()


def environment() -> dict[str, str]:
    """Return the variables for the programs: no packages from elsewhere, no installing elsewhere."""
    foreign = ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "__PYVENV_LAUNCHER__")
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    return {**kept, "PATH": f"{BIN}{os.pathsep}{kept.get('PATH', '')}", "VIRTUAL_ENV": str(VENV)}


def digest_of(*files: Path) -> str:
    """Return one SHA-256 digest of several files."""
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()


def read_stamp() -> dict[str, str]:
    """Return what was installed, empty if nothing or nothing legible."""
    try:
        content = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


if __name__ == "__main__":
    sys.exit(main())
