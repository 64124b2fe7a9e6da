"""The `segue` command: help, suggestions, and messages instead of tracebacks."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import Result

from segue.runtime.cli.group import COMMANDS

Segue = Callable[..., Result]


def test_help_lists_every_command(segue: Segue) -> None:
    result = segue("--help")
    assert result.exit_code == 0
    for name, (_, line) in COMMANDS.items():
        assert name in result.output
        assert line.split()[0] in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_an_example(name: str, segue: Segue) -> None:
    result = segue(name, "--help")
    assert result.exit_code == 0
    assert result.output.count(f"segue {name}") > 1  # once in the usage


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_where_the_table_says(name: str) -> None:
    module, attribute = COMMANDS[name][0].split(":")
    assert getattr(import_module(module), attribute).name == name


def test_a_misspelt_command(segue: Segue) -> None:
    result = segue("chek")
    assert result.exit_code == 2
    assert "did you mean `check`?" in result.output


def test_wrong_usage(segue: Segue) -> None:
    assert segue("check", "--format", "xml").exit_code == 2
    assert segue("check", "--colour").exit_code == 2


@pytest.fixture
def crash(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Makes `segue check` fail as nobody foresaw."""

    def arrange(error: Exception) -> None:
        def fail(root: Path, wishes: object) -> None:
            raise error

        monkeypatch.setattr("segue.runtime.cli.check.check_and_lint", fail)

    return arrange


def test_an_unexpected_error_is_one_line(
    project: Path, segue: Segue, crash: Callable[[Exception], None]
) -> None:
    crash(ValueError("postgres://me:hunter2@server"))
    result = segue("check")
    assert result.exit_code == 2
    assert result.output.count("\n") == 1
    assert "ValueError" in result.output
    assert "report it" in result.output
    assert "hunter2" not in result.output


def test_the_trace_is_there_for_those_who_ask(
    project: Path,
    segue: Segue,
    crash: Callable[[Exception], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crash(ValueError("surprise"))
    assert "Traceback" in segue("--traceback", "check").output
    assert "Traceback" not in segue("check").output
    monkeypatch.setenv("SEGUE_TRACEBACK", "1")
    assert "Traceback" in segue("check").output


def test_a_full_disk_is_no_bug(
    project: Path, segue: Segue, crash: Callable[[Exception], None]
) -> None:
    crash(OSError(28, "No space left on device", "segments.sql"))
    result = segue("check")
    assert result.exit_code == 2
    assert result.output == "error: No space left on device: segments.sql\n"


def test_the_version(segue: Segue) -> None:
    assert segue("--version").output.startswith("segue ")
