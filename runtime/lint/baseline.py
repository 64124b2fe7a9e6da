"""The baseline: findings that were there when a project began to use the linter.

They are known by their fingerprints, so a finding stays in the baseline when its line moves or
the file is formatted, and comes back when the definition it is about is changed.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from segue.compiler.lint.finding import Finding
from segue.runtime.files import replace_file
from segue.runtime.lint.report import is_of_a_rule
from segue.runtime.refusal import Refusal

FILE = "segue-baseline.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Judged:
    """Findings that are new, how many the baseline knows, and how many of it are gone."""

    new: tuple[Finding, ...]
    known: int
    gone: int


def read_baseline(file: Path) -> frozenset[str]:
    """The fingerprints in a baseline. Raises `Refusal` for a file that is none."""
    try:
        data = json.loads(file.read_text("utf-8"))
        if data["version"] != VERSION:
            raise ValueError
        return frozenset(str(entry["fingerprint"]) for entry in data["findings"])
    except FileNotFoundError:
        raise Refusal(
            f"there is no baseline `{file}`", "`segue check --write-baseline` makes one"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise Refusal(
            f"`{file}` is no baseline of this version of Segue",
            "`segue check --write-baseline` writes it anew",
        ) from None


def judge(findings: Iterable[Finding], baseline: frozenset[str]) -> Judged:
    """The findings that are not in the baseline."""
    found = tuple(findings)
    new = tuple(f for f in found if f.fingerprint not in baseline)
    seen = {f.fingerprint for f in found}
    return Judged(new, len(found) - len(new), len(baseline - seen))


def write_baseline(file: Path, findings: Iterable[Finding]) -> None:
    """Writes the findings of rules as a baseline, in an order that makes for small diffs.

    Errors of other parts are left out: a ruleset with them cannot be compiled.
    """
    entries = [
        {
            "rule": finding.diagnostic.code,
            "path": finding.diagnostic.span.path,
            "message": finding.diagnostic.message,
            "fingerprint": finding.fingerprint,
        }
        for finding in findings
        if is_of_a_rule(finding.diagnostic.code)
    ]
    entries.sort(key=lambda e: (e["path"], e["rule"], e["fingerprint"]))
    data = {"version": VERSION, "findings": entries}
    replace_file(file, json.dumps(data, indent=2, ensure_ascii=False) + "\n")
