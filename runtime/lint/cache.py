"""What `segue check` found, kept for as long as nothing it looked at has changed.

`.segue_cache/check.json` in the project holds the findings of the last runs, each under a hash of
all that they depend on: the settings, the catalog, every rule file, the models there are, what was
asked for, and the code of Segue itself. One file changed, and the project is checked as a whole: a
change in one file can break a rule in another. The folder may be deleted at any time.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from segue.compiler.lint.finding import Finding
from segue.runtime.layout import MODELS, SETTINGS, rule_files
from segue.runtime.lint.outcome import Outcome
from segue.runtime.lint.wire import (
    decode_finding,
    decode_undecided,
    encode_finding,
    encode_undecided,
)

FOLDER = ".segue_cache"
FILE = "check.json"
# Runs that ask for different rules are kept side by side; of those, the last ones.
MOST_RUNS = 8


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a project consists of, by its settings: enough to find all of its files."""

    catalog: str
    rules: str
    ignore: tuple[str, ...]
    templates: str | None


class Cache:
    """The cache of one project."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._data: dict[str, Any] = _read(root / FOLDER / FILE)

    def get(self, wishes: str) -> Outcome | None:
        """What was found when the same was asked of the same files."""
        with suppress(OSError, KeyError, TypeError, ValueError, AttributeError):
            inputs = self._data["inputs"]
            known = Inputs(**{**inputs, "ignore": tuple(inputs["ignore"])})
            run = self._data["runs"][self._key(known, wishes)]
            return Outcome(
                findings=tuple(decode_finding(finding) for finding in run["findings"]),
                suppressed=run["suppressed"],
                files=run["files"],
                texts={path: self._text(path) for path in run["paths"]},
                undecided=tuple(decode_undecided(found) for found in run["undecided"]),
            )
        return None

    def put(self, wishes: str, inputs: Inputs, outcome: Outcome) -> None:
        """Keeps what was found. A folder that cannot be written to is no reason to fail."""
        runs = self._data.get("runs") if self._data.get("inputs") == _plain(inputs) else None
        runs = dict(runs) if isinstance(runs, dict) else {}
        with suppress(OSError):
            runs[self._key(inputs, wishes)] = {
                "findings": [encode_finding(finding) for finding in outcome.findings],
                "suppressed": outcome.suppressed,
                "files": outcome.files,
                "undecided": [encode_undecided(found) for found in outcome.undecided],
                "paths": sorted(_paths(outcome.findings) & outcome.texts.keys()),
            }
            latest = dict(list(runs.items())[-MOST_RUNS:])
            _write(self._root / FOLDER, {"inputs": _plain(inputs), "runs": latest})

    def _key(self, inputs: Inputs, wishes: str) -> str:
        digest = sha256(f"{_stamp()}\n{wishes}\n{_plain(inputs)}".encode())
        for name, content in self._contents(inputs):
            digest.update(f"\n{name}\n{len(content)}\n".encode())
            digest.update(content)
        return digest.hexdigest()

    def _contents(self, inputs: Inputs) -> Iterator[tuple[str, bytes]]:
        for name in (SETTINGS, inputs.catalog):
            file = self._root / name
            yield name, file.read_bytes() if file.is_file() else b""
        for file in rule_files(self._root / inputs.rules, inputs.ignore):
            yield str(file), file.read_bytes()
        # A model is never written twice; reading them all would take longer than the rules.
        for parent, folders, names in os.walk(self._root / MODELS):
            folders.sort()
            for name in sorted(names):
                status = os.stat(os.path.join(parent, name))
                yield name, f"{parent} {status.st_size} {status.st_mtime_ns}".encode()
        if inputs.templates is not None:
            for parent, _, names in sorted(os.walk(self._root / inputs.templates)):
                yield parent, "\n".join(sorted(names)).encode()

    def _text(self, path: str) -> str:
        text = (self._root / path).read_bytes().decode("utf-8-sig")
        if path == SETTINGS:
            from segue.runtime.configuration import without_passwords

            return without_passwords(text)
        return text


def _plain(inputs: Inputs) -> dict[str, Any]:
    return {
        "catalog": inputs.catalog,
        "rules": inputs.rules,
        "ignore": list(inputs.ignore),
        "templates": inputs.templates,
    }


def _paths(findings: tuple[Finding, ...]) -> set[str]:
    """The files that findings show lines of."""
    found = {f.diagnostic.span.path for f in findings}
    found |= {label.span.path for f in findings for label in f.diagnostic.related}
    return found | {e.span.path for f in findings if f.fix is not None for e in f.fix.edits}


def _stamp() -> str:
    """A hash of which version of Segue this is, edited or not: the times of its files."""
    package = Path(__file__).parents[2]
    digest = sha256()
    for folder in ("grammar", "compiler", "runtime"):
        for parent, folders, names in os.walk(package / folder, followlinks=True):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            for name in sorted(names):
                status = os.stat(os.path.join(parent, name))
                digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _read(file: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        data = json.loads(file.read_text("utf-8"))
        if isinstance(data, dict):
            return data
    return {}


def _write(folder: Path, data: Mapping[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    beside = folder / f"{FILE}.{os.getpid()}"
    beside.write_text(json.dumps(data), encoding="utf-8")
    beside.replace(folder / FILE)
