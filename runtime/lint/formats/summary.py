"""The last lines of a report for people: how much was found, and what can be done about it."""

from collections.abc import Iterator

from segue.compiler.lint.finding import Safety
from segue.runtime.lint.report import Report
from segue.runtime.terminal import count, tally

MOST_NAMES = 5


def summary(report: Report) -> Iterator[str]:
    """One line of counts, and more for what is fixable, a stale baseline, and what is undecided."""
    numbers = tally(finding.diagnostic for finding in report.findings)
    parts = [count(number, severity) for severity, number in numbers.items() if number]
    parts = parts or ["no errors"]
    if report.fixed:
        parts.append(f"{report.fixed} fixed")
    if report.known:
        parts.append(f"{report.known} in the baseline")
    if report.suppressed:
        parts.append(f"{report.suppressed} suppressed")
    yield f"checked {count(report.files, 'file')}: {', '.join(parts)}"
    yield from _fixable(report)
    if report.gone:
        what = "1 finding" if report.gone == 1 else f"{report.gone} findings"
        yield f"{what} of the baseline no longer there: `--write-baseline` takes them out"
    yield from _undecided(report)


def _fixable(report: Report) -> Iterator[str]:
    safe, unsafe = report.fixable(Safety.SAFE), report.fixable(Safety.UNSAFE)
    if safe:
        more = f" ({unsafe} more with `--unsafe-fixes`)" if unsafe else ""
        yield f"[*] {safe} fixable with `--fix`{more}"
    elif unsafe:
        yield f"{unsafe} fixable with `--unsafe-fixes`"


def _undecided(report: Report) -> Iterator[str]:
    """Which segments the solver says nothing about: silence would look like a pass."""
    by_reason: dict[str, list[str]] = {}
    for found in report.undecided:
        by_reason.setdefault(found.why, []).append(f"`{found.segment}`")
    for why, names in by_reason.items():
        shown = ", ".join(names[:MOST_NAMES])
        more = len(names) - MOST_NAMES
        shown += f" and {more} more" if more > 0 else ""
        yield f"{count(len(names), 'segment')} undecided ({why}): {shown}"
