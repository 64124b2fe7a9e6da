"""The report of a diff: for a terminal, for a comment on a pull request, for machines."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import click

from segue.compiler.diff.model import Change, Diff, Example, Status
from segue.compiler.solver.words import data
from segue.runtime.diff.count import Count
from segue.runtime.diff.words import (
    MARKS,
    counted,
    examples,
    headline,
    origin,
    settings,
    summary,
)

MOST_ROWS = 15
"""What fits on one screen of a pull request."""
COLOURS = {Status.UNKNOWN: "yellow", Status.EQUIVALENT: "green"}


@dataclass(frozen=True, slots=True)
class Report:
    """What is shown: the diff, the names of the two versions, and counts by kind and name.

    `counted_in` says in which warehouse and as of when; empty where nothing was counted.
    """

    diff: Diff
    base: str
    head: str
    counts: Mapping[str, Count]
    counted_in: str = ""
    show_pii: bool = False

    def count(self, change: Change) -> Count | None:
        """How many move, where it was counted."""
        return self.counts.get(f"{change.kind} {change.name}")

    @property
    def title(self) -> str:
        """What is compared, and where people were counted."""
        counted_in = f", counted in {self.counted_in}" if self.counted_in else ""
        return f"{self.head} against {self.base}{counted_in}"

    @property
    def shown(self) -> list[Change]:
        """The changes that are told: what is unchanged is only counted."""
        return [c for c in self.diff.changes if c.status is not Status.UNCHANGED or c.settings]


def text(report: Report) -> str:
    """For a terminal; colours are taken out again where there is none."""
    lines = [report.title, ""]
    for change in report.shown:
        lines += [*_told(change, report), ""]
    for word in report.diff.catalog:
        lines.append(f"catalog: {word}")
    if report.diff.catalog:
        lines.append("")
    lines.append(summary(report.diff))
    return "\n".join(lines)


def _told(change: Change, report: Report) -> Iterator[str]:
    mark = MARKS.get(change.status, "~")
    colour = COLOURS.get(change.status, "cyan")
    title = click.style(f"{mark} {change.kind} {change.name}", fg=colour, bold=True)
    came = origin(change)
    yield f"{title}  {headline(change)}{f' ({came})' if came else ''}"
    for word, who in examples(change, report.diff.newer):
        yield f"    {word}: {who}"
    count = report.count(change)
    if count is not None:
        yield f"    {counted(count)}"
        if report.show_pii:
            for word, keys in (("entering", count.entering), ("leaving", count.leaving)):
                if keys:
                    yield f"    {word}, for example: {', '.join(map(str, keys))}"
    for line in settings(change):
        yield f"    {line}"


def markdown(report: Report) -> str:
    """For a comment on a pull request: one screen, the rest counted."""
    diff = report.diff
    lines = [f"### Segments: {report.title}", "", summary(diff), ""]
    changed = sorted(report.shown, key=lambda c: (not c.is_semantic, c.inherited))
    if changed:
        lines += ["| | what happens | who |", "| --- | --- | --- |"]
        lines += [_row(change, report) for change in changed[:MOST_ROWS]]
        if len(changed) > MOST_ROWS:
            lines.append(f"| … | {len(changed) - MOST_ROWS} more, see `segue diff` | |")
        lines.append("")
    lines += [f"- catalog: {word}" for word in diff.catalog[:MOST_ROWS]]
    return "\n".join(lines).rstrip() + "\n"


def _row(change: Change, report: Report) -> str:
    came = origin(change)
    what = headline(change) + (f"; {came}" if came else "")
    what = "<br>".join([what, *settings(change)])
    who = [f"{word}: {told}" for word, told in examples(change, report.diff.newer)]
    count = report.count(change)
    if count is not None:
        who.insert(0, f"**{counted(count)}**")
    cells = (f"{change.kind} `{change.name}`", what, "<br>".join(who))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def as_json(report: Report) -> str:
    """For machines: everything, unchanged definitions too."""
    return json.dumps(
        {
            "base": report.base,
            "head": report.head,
            "counted_in": report.counted_in or None,
            "semantic_change": report.diff.is_semantic,
            "changes": [_data(change, report) for change in report.diff.changes],
            "catalog": list(report.diff.catalog),
        },
        indent=2,
        ensure_ascii=False,
    )


def _data(change: Change, report: Report) -> dict[str, Any]:
    found: dict[str, Any] = {
        "kind": change.kind,
        "name": change.name,
        "status": change.status,
        "semantic": change.is_semantic,
    }
    optional = {
        "old_name": change.old_name,
        "why": change.why,
        "inherited": change.inherited,
        "because": list(change.because),
        "settings": {n: {"before": a, "after": b} for n, (a, b) in change.settings.items()},
        "enters": _example(change.enters, report),
        "leaves": _example(change.leaves, report),
        "count": _count(report.count(change), report),
    }
    if change.status is Status.CHANGED:
        optional["example"] = optional.pop("enters")
    return found | {name: value for name, value in optional.items() if value}


def _example(example: Example | None, report: Report) -> dict[str, Any] | None:
    if example is None:
        return None
    values = {"before": example.before, "after": example.after} if example.before else {}
    return {**data(example.witness, report.diff.newer), **values}


def _count(count: Count | None, report: Report) -> dict[str, Any] | None:
    if count is None:
        return None
    found: dict[str, Any] = {"enter": count.enter, "leave": count.leave, "stay": count.stay}
    if report.show_pii:
        found |= {"entering": list(count.entering), "leaving": list(count.leaving)}
    return found
