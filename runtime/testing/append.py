"""Puts tests into a file of tests: behind the last one, everything else left as it is."""

import re
from pathlib import Path

from segue.compiler.catalog.yaml_tree import Mapping, Sequence, read_yaml

_ITEM = re.compile(r"^( *)- ")


def indentation(text: str) -> str | None:
    """How far the tests of a file are indented.

    None where a text cannot be added at the end: `tests` is not the last key, or is not a list of
    one test a line.
    """
    tree, found = read_yaml(text, "")
    if found or not isinstance(tree, Mapping) or not tree.keys or [*tree.keys][-1] != "tests":
        return None
    tests = tree.values["tests"]
    if not isinstance(tests, Sequence) or not tests.items:
        return None
    line = text.split("\n")[tests.items[-1].span.line - 1]
    match = _ITEM.match(line)
    return match[1] if match else None


def appended(text: str, cases: list[str], indent: str) -> str:
    """The text of a file with more tests, a blank line before each."""
    added = "".join("\n" + _indented(case, indent) for case in cases)
    return text.rstrip("\n") + "\n" + added


def new_file(cases: list[str], as_of: str) -> str:
    """A file of these tests."""
    return f"as_of: {as_of}\n\ntests:\n" + "\n".join(_indented(case, "  ") for case in cases)


def free_name(folder: Path, stem: str) -> Path:
    """A file of tests that is not there yet, called after the rules."""
    number, path = 2, folder / f"{stem}.test.yml"
    while path.exists():
        path = folder / f"{stem}_{number}.test.yml"
        number += 1
    return path


def _indented(case: str, indent: str) -> str:
    return "".join(f"{indent}{line}" if line.strip() else line for line in case.splitlines(True))
