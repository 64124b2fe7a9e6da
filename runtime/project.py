"""A project on disk: `catalog.yml`, `.seg` files in folders, and perhaps a `segue.yml`.

A folder below the rules folder is a module of the language. Reading goes on after an error,
so that one look shows everything that is wrong with all files.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from segue.compiler.catalog.model import Catalog
from segue.grammar import ast
from segue.grammar.diagnostics import Diagnostic, Severity
from segue.grammar.span import Span
from segue.runtime import codes
from segue.runtime.configuration import (
    Configuration,
    Target,
    fill_in,
    read_configuration,
    without_passwords,
)
from segue.runtime.layout import CATALOG, SETTINGS, find_project
from segue.runtime.refusal import ProjectError, Refusal
from segue.runtime.sources import Disk


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One rule file. `path` is relative to the project, with `/`; `module` is its folder."""

    path: str
    text: str = field(repr=False)
    module: tuple[str, ...]
    tree: ast.Module = field(repr=False)


@dataclass(frozen=True, slots=True)
class Project:
    """A project whose every file could be read. `texts` holds each file's text by path."""

    root: Path
    config: Configuration
    catalog: Catalog
    sources: tuple[SourceFile, ...]
    texts: Mapping[str, str] = field(repr=False)

    def target(self, name: str | None = None) -> Target:
        """The named warehouse, or the default one, with environment variables filled in.

        A relative `path` or `store` is taken from the project's folder. Raises `Refusal` where
        there is no such target, `ProjectError` where a variable is not set.
        """
        name = name or self.config.target
        known = ", ".join(self.config.targets)
        describe = (
            f"name a file or an address with --database, or describe a target in {SETTINGS}, as in"
            "\n  targets:\n    dev: {engine: duckdb, path: shop.duckdb}"
        )
        if name is None:
            choose = f"name one of {known} with --target, or set `target` in {SETTINGS}"
            raise Refusal("no target chosen", choose if known else describe)
        if name not in self.config.targets:
            hint = f"known here: {known}" if known else describe
            raise Refusal(f"there is no target `{name}`", hint)
        target, unset = fill_in(self.config.targets[name], os.environ)
        if unset:
            raise ProjectError(self.root, unset, self.texts)
        absolute = {
            name: str(self.root / Path(path).expanduser())
            for name in ("path", "store", "keyfile")
            if (path := target.settings.get(name, ":memory:")) != ":memory:" and "://" not in path
        }
        return replace(target, settings={**target.settings, **absolute})


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a project found: the project, or None where a finding is an error."""

    root: Path
    project: Project | None
    diagnostics: tuple[Diagnostic, ...]
    texts: Mapping[str, str] = field(repr=False)
    # Every rule file that could be parsed at all, also when there is no project.
    sources: tuple[SourceFile, ...] = ()
    catalog: Catalog | None = None
    config: Configuration = field(default_factory=Configuration)


def load_project(path: Path | str = ".") -> Project:
    """The project that `path` is in; raises `SegueError` with all findings of all files."""
    reading = read_project(find_project(path))
    if reading.project is None:
        raise ProjectError(reading.root, reading.diagnostics, reading.texts)
    return reading.project


def read_project(root: Path, origin: Disk | None = None) -> Reading:
    """Reads every file of a project folder, and says what is wrong with any of them.

    `origin` is where they come from; the disk by default.
    """
    files = _Files(root, origin or Disk())
    config = Configuration()
    settings = files.read(SETTINGS) if files.origin.exists(root / SETTINGS) else None
    if settings is not None:
        config, found = read_configuration(settings, SETTINGS)
        files.diagnostics += found
        files.texts[SETTINGS] = without_passwords(settings)
    catalog = _read_catalog(files, config)
    sources = tuple(_read_rules(files, config))
    if not sources and not files.diagnostics:
        raise Refusal(
            f"there are no rules in `{root / config.rules}`",
            "write a file that ends in .seg, as in\n  segment everyone { when true }",
        )
    project = None
    if catalog is not None and not any(d.severity is Severity.ERROR for d in files.diagnostics):
        project = Project(root, config, catalog, sources, files.texts)
    diagnostics = tuple(files.diagnostics)
    return Reading(root, project, diagnostics, files.texts, sources, catalog, config)


@dataclass(slots=True)
class _Files:
    """The files read so far, and what was found in them."""

    root: Path
    origin: Disk
    texts: dict[str, str] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def read(self, path: str) -> str | None:
        """The text of a file of the project, or None where it is not text."""
        try:
            data = self.origin.read(self.root / path)
        except OSError as error:
            raise Refusal(f"cannot read `{self.root / path}`: {error.strerror}") from None
        try:
            # A byte order mark says nothing in UTF-8.
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self.diagnostics.append(
                Diagnostic(
                    codes.NOT_TEXT.id,
                    f"line {line} is not UTF-8 text",
                    Span(path, 0, 0, line, 1),
                    help="save the file as UTF-8",
                )
            )
            return None
        self.texts[path] = text
        return text


def _read_catalog(files: _Files, config: Configuration) -> Catalog | None:
    path = files.root / config.catalog
    if not files.origin.exists(path):
        raise Refusal(
            f"there is no catalog `{path}`",
            f"`catalog` in {SETTINGS} says which file it is"
            if config.catalog != CATALOG
            else f"write a {CATALOG} next to {SETTINGS}, or say in it which file the `catalog` is",
        )
    text = files.read(config.catalog)
    if text is None:
        return None
    result = files.origin.catalog(text, config.catalog)
    files.diagnostics += result.diagnostics
    return result.catalog


def _read_rules(files: _Files, config: Configuration) -> Iterator[SourceFile]:
    rules = files.root / config.rules
    if not rules.is_dir():
        raise Refusal(
            f"there is no folder `{rules}`", f"`rules` in {SETTINGS} says where the rules are"
        )
    for path in files.origin.rules(rules, config.ignore):
        name = os.path.relpath(path, files.root).replace(os.sep, "/")
        text = files.read(name)
        if text is None:
            continue
        result = files.origin.parse(text, name)
        files.diagnostics += result.diagnostics
        module = path.relative_to(rules).parts[:-1]
        files.diagnostics += _bad_folders(module, name)
        if result.module is not None:
            yield SourceFile(name, text, module, result.module)


def _bad_folders(module: tuple[str, ...], path: str) -> Iterator[Diagnostic]:
    for part in module:
        if not (part.isascii() and part.isidentifier()):
            yield Diagnostic(
                codes.BAD_FOLDER.id,
                f"rules cannot write the name of the folder `{part}`",
                Span(path, 0, 0, 1, 1),
                help=f"rename it, as in `{_writable(part)}`, or list it in `ignore` of segue.yml",
            )


def _writable(folder: str) -> str:
    """The nearest name that a rule can write."""
    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in folder)
    return name if name.isidentifier() else f"_{name}"
