"""Which files make a project: the folder it begins at, and the rule files below it.

Apart from reading them, so that a check that finds nothing changed loads neither parser nor
catalog.
"""

import os
from pathlib import Path

from segue.runtime.refusal import Refusal

SETTINGS = "segue.yml"
CATALOG = "catalog.yml"
MODELS = "models"
"""The folder of trained models: `models/<score>/v3.json`."""


def find_project(start: Path | str = ".") -> Path:
    """The nearest folder, from `start` upwards, with a `segue.yml` or a `catalog.yml`."""
    start = Path(start)
    if not start.exists():
        raise Refusal(f"there is no file or folder `{start}`")
    folder = start.resolve()
    if not folder.is_dir():
        folder = folder.parent
    for candidate in (folder, *folder.parents):
        if any((candidate / name).is_file() for name in (SETTINGS, CATALOG)):
            return candidate
    raise Refusal(
        f"`{start}` is not in a Segue project",
        f"a project is a folder with a {CATALOG}; `segue init` makes one",
    )


def below(file: Path, folder: Path, ignore: tuple[str, ...]) -> bool:
    """Whether a file is in a folder or in a subfolder of it that is not left out."""
    if not file.is_relative_to(folder):
        return False
    folders = file.relative_to(folder).parts[:-1]
    return not any(part.startswith(".") or part in ignore for part in folders)


def rule_files(folder: Path, ignore: tuple[str, ...] = ()) -> list[Path]:
    """The `.seg` files in a folder and its subfolders: a folder's own first, then by name."""
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in ignore)
        found += [Path(parent, name) for name in sorted(names) if name.endswith(".seg")]
    return found
