"""Writes the models of a ruleset into a dbt project."""

from collections.abc import Sequence
from pathlib import Path

from segue.compiler.plan.moments import UnknownMoment
from segue.runtime.dbt.manifest import read_manifest
from segue.runtime.dbt.project import dbt_files
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import Ruleset
from segue.runtime.segments import chosen

PROJECT_FILE = "dbt_project.yml"
MARK = "Written by `segue compile --dbt`"


def write_models(
    ruleset: Ruleset,
    folder: Path,
    manifest: Path | None,
    dialect: str,
    segments: Sequence[str] = (),
) -> list[Path]:
    """Writes the files, takes away those of an earlier time, and says which there are now.

    The tables of the catalog are those of the project's manifest, where there is one; others
    become sources. Raises `Refusal` rather than take the place of a file that others wrote.
    """
    if manifest is None:
        manifest = _manifest_of(folder)
    known = None if manifest is None else read_manifest(manifest)
    names = chosen(ruleset.plan, segments)
    owner = ruleset.project.root.name or "segue"
    try:
        files = dbt_files(ruleset.plan, dialect, names, known, owner)
    except UnknownMoment:
        raise Refusal(
            "some window cannot be written for an instant that dbt chooses",
            "`segue compile --as-of` writes it for one",
        ) from None
    there = {path.name: path for path in folder.glob("*") if path.suffix in (".sql", ".yml")}
    for name, path in there.items():
        if name in files and not _is_ours(path):
            raise Refusal(
                f"`{path}` was not written by Segue", "choose a folder of its own, as models/segue"
            )
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in there.items():
        if name not in files and _is_ours(path):
            path.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in files]


def _manifest_of(folder: Path) -> Path | None:
    """The manifest of the dbt project that a folder is in."""
    for parent in (folder.resolve(), *folder.resolve().parents):
        if (parent / PROJECT_FILE).is_file():
            path = parent / "target" / "manifest.json"
            return path if path.is_file() else None
    return None


def _is_ours(path: Path) -> bool:
    """Whether Segue has written a file; one of others need not be UTF-8, or a file."""
    return path.is_file() and MARK in path.read_text("utf-8", errors="replace")
