"""How fast a command starts, and that it starts as a module too."""

import subprocess
import sys
from pathlib import Path

import pytest

# Each takes long to import, and `check` needs none of them.
HEAVY = (
    "duckdb",
    "jinja2",
    "psycopg",
    "rich",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "lark",
    "sqlglot",
    "z3",
)

# What only the solver and fixes need; `segue.compiler.python` confirms what the solver finds.
FOR_OTHERS = (
    "segue.compiler.lint.fixes",
    "segue.compiler.python",
    "segue.compiler.solver.world",
    "segue.runtime.solver",
)


def python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_as_a_module(project: Path) -> None:
    result = python("-m", "segue", "check", cwd=project)
    assert (result.stdout, result.stderr, result.returncode) == (
        "checked 2 files: no errors\n",
        "",
        0,
    )


def imported(project: Path, *arguments: str) -> set[str]:
    """The modules that a command imports, and the packages they are in."""
    result = python("-X", "importtime", "-m", "segue", *arguments, cwd=project)
    names = [line.rsplit("|", 1)[-1].strip() for line in result.stderr.splitlines()]
    # A package that is imported for a module inside it has no line of its own.
    return {name.rsplit(".", n)[0] for name in names for n in range(name.count(".") + 1)}


@pytest.mark.parametrize("arguments", [["check"], ["fmt", "--check"], ["--help"]])
def test_nothing_heavy_is_imported(project: Path, arguments: list[str]) -> None:
    found = imported(project, *arguments)
    assert [name for name in HEAVY if name in found] == []


def test_a_check_without_solver_imports_neither_solver_nor_fixes(project: Path) -> None:
    found = imported(project, "check", "--no-solver")
    assert "segue.compiler.analysis" in found
    assert [name for name in FOR_OTHERS if name in found] == []


@pytest.mark.parametrize("arguments", [["check"], ["check", "--no-solver"]])
def test_a_check_of_what_has_not_changed_imports_no_compiler(
    project: Path, arguments: list[str]
) -> None:
    python("-m", "segue", *arguments, cwd=project)
    found = imported(project, *arguments)
    kept = {"segue.compiler", "segue.compiler.lint", "segue.compiler.lint.finding"}
    assert "segue.runtime.lint.cache" in found
    assert {name for name in found if name.startswith("segue.compiler")} == kept
    foreign = ("segue.grammar.parser", "segue.grammar.ast", "jsonschema", "yaml")
    assert [name for name in foreign if name in found] == []


def test_import_segue_imports_nothing_of_it(project: Path) -> None:
    code = "import sys, segue; print(*sorted(m for m in sys.modules if m.startswith('segue')))"
    assert python("-c", code, cwd=project).stdout.split() == ["segue"]


def test_a_reader_that_has_seen_enough(project: Path) -> None:
    command = f"{sys.executable} -m segue compile --as views | head -n 1"
    result = subprocess.run(
        command, shell=True, cwd=project, capture_output=True, text=True, check=False
    )
    assert result.stdout.count("\n") == 1
    assert result.stderr == ""
