"""Drafts a profile for an unknown file: guesses what its columns are by names and labels, for a person to finish."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prevalence.errors import OutputError
from prevalence.loaders.draft.guesses import Guess, candidates, guess
from prevalence.loaders.draft.written import Content, written
from prevalence.loaders.formats import open_file
from prevalence.loaders.opened import Request
from prevalence.loaders.statistical import READERS
from prevalence.written import write_file

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class ProfileDraft:
    """A first profile.

    Attributes
    ----------
    text : str
        The TOML; a valid profile, in which ``CHECK`` marks what was guessed and ``FILL IN`` what was not found.
    guesses : tuple of Guess
    path : Path or None
        Where it was written.
    """

    text: str
    guesses: tuple[Guess, ...]
    path: Path | None

    def to_pandas(self) -> pd.DataFrame:
        """Return a row for each part: the columns taken, how well they match, and other candidates."""
        import pandas as pd

        rows = [
            (g.role.name, ", ".join(g.columns), g.confidence, ", ".join(other.column for other in g.others)) for g in self.guesses
        ]
        return pd.DataFrame(rows, columns=["part", "columns", "confidence", "others"])

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        found = sum(bool(guess.columns) for guess in self.guesses)
        where = f"written to {self.path.name!r}" if self.path else "not written: give path="
        return f"<ProfileDraft: {found} of {len(self.guesses)} parts guessed; {where}>"


def draft_profile(
    file: str | Path,
    path: str | Path | None = None,
    *,
    encoding: str | None = None,
    layout: str | Path | None = None,
    overwrite: bool = False,
) -> ProfileDraft:
    r"""Return a first profile for a file, guessed from the names and labels of its columns.

    Names and labels are compared with lists in English, French, Spanish and Portuguese; values are looked at only to drop what
    cannot be. The text holds codes and labels of the codebook, and no rows.

    Parameters
    ----------
    file : path
        Of any format that `prevalence.load` reads.
    path : path, optional
        Where to write the profile; its name ends in ``.toml``. Without it, the draft is only returned.
    encoding, layout : optional
        As in `prevalence.load`.
    overwrite : bool
        Whether to replace a file that is there already.

    Returns
    -------
    ProfileDraft
        Its text is a valid profile. Where no weight was found, ``weight = "FILL IN"`` stands in it, and loading says so.

    Raises
    ------
    LoadError
        If the file cannot be read.
    OutputError
        If `path` is there already, does not end in ``.toml``, or cannot be written.

    Examples
    --------
    >>> import pathlib, tempfile, prevalence as pv
    >>> file = pathlib.Path(tempfile.mkdtemp(), "enquete.csv")
    >>> size = file.write_text("poids,grappe,menage,sexe,age\n1.5,1,1,Femme,9\n2.5,2,1,Homme,12\n1.0,2,2,Femme,15\n")
    >>> draft = pv.loaders.draft_profile(file)
    >>> draft.to_pandas().query("columns != ''")[["part", "columns"]].values.tolist()
    [['weight', 'poids'], ['psu', 'grappe'], ['household', 'menage'], ['sex', 'sexe'], ['age', 'age']]
    """
    target = _writable(path, overwrite=overwrite)
    request = Request(path=Path(file), encoding=encoding, layout=Path(layout) if layout is not None else None)
    opened = open_file(request)
    found = candidates(opened.names, _labels(request))
    worth = {candidate.column for several in found.values() for candidate in several}
    raw = opened.read([name for name in opened.names if name in worth])
    guesses = guess(found, raw.frame, raw.codebook)
    content = Content(guesses={g.role.name: g for g in guesses}, frame=raw.frame, codebook=raw.codebook)
    text = written(request.path.name, content)
    if target is not None:
        write_file(target, text)
    return ProfileDraft(text=text, guesses=guesses, path=target)


def _labels(request: Request) -> dict[str, str]:
    """Return the labels of all columns, for formats that have them, without reading rows."""
    reader = READERS.get(request.path.suffix.lower())
    if reader is None:
        return {}
    options = {"encoding": request.encoding} if request.encoding else {}
    _, meta = reader(str(request.path), metadataonly=True, **options)
    return {name: label or "" for name, label in meta.column_names_to_labels.items()}


def _writable(path: str | Path | None, *, overwrite: bool) -> Path | None:
    if path is None:
        return None
    target = Path(path)
    if target.suffix != ".toml":
        raise OutputError(f"The name of a profile must end in .toml; found {target.name!r}. Give it that ending.")
    if target.exists() and not overwrite:
        raise OutputError(f"{target.name!r} must not exist yet; it does. Choose another name, or pass overwrite=True.")
    return target
