"""A project with its meaning: the analysed plan that every command works on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from segue.compiler.analysis.analysis import AnalysisResult, analyse
from segue.compiler.analysis.codes import UNKNOWN_NAME
from segue.compiler.analysis.symbols import Source
from segue.compiler.index.index import Index, index
from segue.compiler.plan.plan import Plan
from segue.compiler.scores.library import NONE, Models
from segue.grammar.diagnostics import Diagnostic, SegueError, Severity
from segue.runtime.fingerprint import fingerprint
from segue.runtime.layout import MODELS, find_project
from segue.runtime.project import Project, Reading, read_project
from segue.runtime.refusal import ProjectError
from segue.runtime.sources import Disk


@dataclass(frozen=True)
class Ruleset:
    """A project that is free of errors, and its plan. `warnings` are what else was found.

    `analysis` is where the plan came from, with what each expression became in it.
    """

    project: Project
    plan: Plan
    warnings: tuple[Diagnostic, ...]
    analysis: AnalysisResult = field(repr=False)

    @contextmanager
    def locating(self) -> Iterator[None]:
        """Findings of the compiler, raised inside, are shown with the lines of the rule files."""
        try:
            yield
        except ProjectError:
            raise
        except SegueError as error:
            project = self.project
            raise ProjectError(project.root, error.diagnostics, project.texts) from None

    @cached_property
    def index(self) -> Index:
        """What every name in the rules stands for, and who uses what."""
        project = self.project
        sources = [Source(source.module, source.tree) for source in project.sources]
        return index(self.analysis, sources, project.catalog)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of what the catalog and the rules say: layout and comments do not change it."""
        project = self.project
        catalog = project.texts[project.config.catalog]
        return fingerprint(catalog, ((source.module, source.tree) for source in project.sources))


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking a project found; `ruleset` is None where a finding is an error.

    `reading` and `result` hold what could be read and analysed all the same.
    """

    root: Path
    ruleset: Ruleset | None
    diagnostics: tuple[Diagnostic, ...]
    texts: Mapping[str, str] = field(repr=False)
    files: int
    reading: Reading = field(repr=False)
    result: AnalysisResult | None = field(repr=False)


def load_ruleset(path: Path | str = ".", models: Models | None = None) -> Ruleset:
    """The ruleset of the project that `path` is in; raises `SegueError` with all findings.

    `models` are those that calls of scores mean; by default, those that the project trained.
    """
    checked = check_project(find_project(path), models=models)
    if checked.ruleset is None:
        raise ProjectError(checked.root, checked.diagnostics, checked.texts)
    return checked.ruleset


def check_project(root: Path, origin: Disk | None = None, models: Models | None = None) -> Checked:
    """Reads and analyses a project folder, and says all that is wrong with it.

    `origin` is where its files come from, by default the disk; `models` are the trained models of
    its scores, by default those in the folder.
    """
    reading = read_project(root, origin)
    if reading.catalog is None:
        return _checked(reading, None, None, reading.diagnostics)
    sources = [Source(source.module, source.tree) for source in reading.sources]
    memory = origin.memory(root) if origin else None
    known = trained_models(root) if models is None else models
    result = analyse(sources, reading.catalog, memory, known)
    found = result.diagnostics
    if reading.project is None:
        # A name may be defined in what could not be parsed: nobody is helped by hearing that
        # it is unknown, once for every use.
        found = tuple(d for d in found if d.code != UNKNOWN_NAME.id)
    order = {path: i for i, path in enumerate(reading.texts)}
    diagnostics = sorted(
        (*reading.diagnostics, *found),
        key=lambda d: (order.get(d.span.path, -1), d.span.start),
    )
    plan = result.plan if reading.project is not None else None
    return _checked(reading, result, plan, tuple(diagnostics))


def trained_models(root: Path) -> Models:
    """The models that a project has trained; what reads them is loaded where there are some."""
    if not (root / MODELS).is_dir():
        return NONE
    from segue.runtime.scores.store import ModelStore

    return ModelStore(root)


def _checked(
    reading: Reading,
    result: AnalysisResult | None,
    plan: Plan | None,
    diagnostics: tuple[Diagnostic, ...],
) -> Checked:
    ruleset = None
    wrong = any(d.severity is Severity.ERROR for d in diagnostics)
    if reading.project is not None and result is not None and plan is not None and not wrong:
        ruleset = Ruleset(reading.project, plan, diagnostics, result)
    texts, files = reading.texts, len(reading.sources)
    return Checked(reading.root, ruleset, diagnostics, texts, files, reading, result)
