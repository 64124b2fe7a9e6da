"""Rulesets with a mistake that somebody really makes, and what Segue says about each.

A case of `cases/` is one text: who makes the mistake, the files (`-- rules.seg --` and what
stands below it), and at the end the command with all errors that it shows. A case without a
catalog has that of `catalog.yml`. Warnings and hints are left out: a case is about its mistake.

`SEGUE_UPDATE=1 pytest tests/wrong` writes what is said anew; read the diff.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from segue.runtime.cli import main

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.txt"))
_HEADING = re.compile(r"^-- (.+) --\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it is written: its files, the command, and what comes before its output."""

    files: dict[str, str]
    command: str
    before: str


def read(path: Path) -> Case:
    text = path.read_text("utf-8")
    _, *parts = _HEADING.split(text)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    command = next(name for name in sections if name.startswith("segue "))
    heading = f"-- {command} --\n"
    files = {name: sections[name] for name in sections if name != command}
    return Case(files, command, text.partition(heading)[0] + heading)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_is_wrong_is_said(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    golden: Callable[[Path, str], None],
) -> None:
    case = read(path)
    files = {"catalog.yml": (HERE / "catalog.yml").read_text("utf-8"), **case.files}
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(main, case.command.split()[1:], prog_name="segue")

    shown = errors_of(result.output).replace(str(tmp_path), ".")
    assert result.exit_code in (1, 2), result.output
    assert shown.startswith("error")
    golden(path, case.before + shown)


def errors_of(output: str) -> str:
    """The errors of an output, without warnings, hints and the summary."""
    blocks = output.strip().split("\n\n")
    return "\n\n".join(block for block in blocks if block.startswith("error")) + "\n"


def test_the_index_has_every_case(golden: Callable[[Path, str], None]) -> None:
    """`INDEX.md`: the mistakes at a glance, each with the first thing that is said about it."""
    assert len(CASES) >= 60
    lines = [
        "# Wrong rulesets",
        "",
        "| case | who makes it | what is said |",
        "| --- | --- | --- |",
    ]
    for path in CASES:
        text = path.read_text("utf-8")
        intro, said = text.partition("\n")[0], text.partition("\nerror")[2].partition("\n")[0]
        message, found = said.partition(": ")[2], f"[{path.stem}](cases/{path.name})"
        lines.append(f"| {found} | {intro} | {message} |".replace("||", "\\|\\|"))
    golden(HERE / "INDEX.md", "\n".join(lines) + "\n")
