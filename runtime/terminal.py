"""Findings on a terminal: in colour where a person looks, plain everywhere else."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import click

from segue.grammar.diagnostics import Diagnostic, Severity, render
from segue.grammar.span import Span

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.HINT: "cyan"}

_PLACE = re.compile(r"^( *)(-->|:::)( .*)$")
_SOURCE = re.compile(r"^( *\d* \|)(.*)$")
_HELP = re.compile(r"^( *= (?:help|note):)(.*)$")


def colour_wanted() -> bool | None:
    """What the environment says about colour; None leaves it to whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return None


def from_here(root: Path) -> Callable[[str], str]:
    """A function from paths in a project to paths as seen from the working folder."""
    try:
        prefix = os.path.relpath(root).replace(os.sep, "/")
    except ValueError:  # another drive
        prefix = str(root)
    return lambda name: name if prefix == "." or not name else f"{prefix}/{name}"


def relocate(
    diagnostics: Iterable[Diagnostic], texts: Mapping[str, str], root: Path
) -> tuple[list[Diagnostic], dict[str, str]]:
    """Findings with paths as seen from the working folder, which a terminal can open."""
    path = from_here(root)
    moved = [relocated(diagnostic, path) for diagnostic in diagnostics]
    return moved, {path(name): text for name, text in texts.items()}


def relocated(diagnostic: Diagnostic, path: Callable[[str], str]) -> Diagnostic:
    """A finding with its paths changed."""

    def move(span: Span) -> Span:
        return span._replace(path=path(span.path))

    related = tuple(replace(label, span=move(label.span)) for label in diagnostic.related)
    return replace(diagnostic, span=move(diagnostic.span), related=related)


def show(diagnostic: Diagnostic, texts: Mapping[str, str]) -> str:
    """A finding with its line and caret, in colour (which `click.echo` takes out again)."""
    head, *lines = render(diagnostic, texts).split("\n")
    colour = COLOURS[diagnostic.severity]
    label, message = head.split(": ", 1)
    shown = [click.style(label, fg=colour, bold=True) + click.style(f": {message}", bold=True)]
    caret = False
    for line in lines:
        if place := _PLACE.match(line):
            shown.append(place[1] + click.style(place[2], fg="blue") + place[3])
        elif help := _HELP.match(line):
            shown.append(click.style(help[1], fg="blue") + help[2])
        elif source := _SOURCE.match(line):
            rest = click.style(source[2], fg=colour) if caret else source[2]
            shown.append(click.style(source[1], fg="blue") + rest)
            # The line after a numbered one is the one with the caret.
            caret = any(c.isdigit() for c in source[1])
            continue
        else:
            shown.append(line)
        caret = False
    return "\n".join(shown)


def concise(diagnostic: Diagnostic) -> str:
    """A finding on one line, as editors and CI logs pick it up."""
    span = diagnostic.span
    where = f"{span.path}:{span.line}:{span.column}"
    return f"{where}: {diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"


def count(number: int, noun: str) -> str:
    """`1 file`, `3 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def tally(diagnostics: Iterable[Diagnostic]) -> dict[Severity, int]:
    """How many findings there are of each severity."""
    numbers = dict.fromkeys(Severity, 0)
    for diagnostic in diagnostics:
        numbers[diagnostic.severity] += 1
    return numbers
