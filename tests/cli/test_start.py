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


@pytest.mark.parametrize("arguments", [["check"], ["fmt", "--check"], ["--help"]])
def test_nothing_heavy_is_imported(project: Path, arguments: list[str]) -> None:
    result = python("-X", "importtime", "-m", "segue", *arguments, cwd=project)
    # A package that is imported for a module inside it has no line of its own.
    imported = {
        line.rsplit("|", 1)[-1].strip().split(".")[0] for line in result.stderr.splitlines()
    }
    assert [name for name in HEAVY if name in imported] == []


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
