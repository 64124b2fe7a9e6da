"""Finds the files of rule tests of a project."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from segue.runtime.project import Project
from segue.runtime.refusal import Refusal

SUFFIXES = (".test.yml", ".test.yaml")


def find_test_files(project: Project, paths: Iterable[Path], *, needed: bool = True) -> list[Path]:
    """The test files in the paths; without paths, all of the project.

    Raises `Refusal` where there are none and some are needed.
    """
    given = list(paths) or [project.root]
    found: dict[Path, None] = {}
    for path in given:
        if path.is_file():
            _refuse_other(path)
            found[path.resolve()] = None
        elif path.resolve() == project.root:
            found.update(dict.fromkeys(_of_project(project)))
        else:
            found.update(dict.fromkeys(_inside(path.resolve())))
    if not found and needed:
        raise Refusal(
            "there are no tests",
            f"write one in {project.root / project.config.tests[0]}, in a file that ends in "
            f"{SUFFIXES[0]}",
        )
    return list(found)


def _refuse_other(path: Path) -> None:
    if not path.name.endswith(SUFFIXES):
        raise Refusal(f"`{path}` is no file of tests", f"their names end in {SUFFIXES[0]}")


def _of_project(project: Project) -> Iterator[Path]:
    for folder in (*project.config.tests, project.config.rules):
        yield from _inside((project.root / folder).resolve())


def _inside(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.rglob("*.test.y*ml")
        if path.name.endswith(SUFFIXES)
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
