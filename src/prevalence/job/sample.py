"""Where the sample survey lies: in the package of a wheel, in ``data/sample`` of a checkout."""

from __future__ import annotations

from pathlib import Path

from prevalence.errors import LoadError

CONFIG = "baseline.toml"


def sample_config() -> Path:
    """Return the configuration of the sample survey.

    Raises
    ------
    LoadError
        If the sample was not installed.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_sample", package.parents[1] / "data" / "sample"):
        if (folder / CONFIG).is_file():
            return folder / CONFIG
    raise LoadError("The sample survey was not installed with the package. Install prevalence anew, from a wheel or a checkout.")
