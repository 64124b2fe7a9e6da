"""What several commands' arguments mean."""

from collections.abc import Iterable
from pathlib import Path

from segue.runtime.layout import find_project


def projects_of(paths: Iterable[Path]) -> list[Path]:
    """The projects that the paths are in, each once; without paths, the one around here."""
    return list(dict.fromkeys(find_project(path) for path in (tuple(paths) or (Path(),))))
