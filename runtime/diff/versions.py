"""The two versions to compare: a folder, a revision of git, or the working tree."""

from dataclasses import dataclass
from pathlib import Path

from segue.runtime.diff.revision import EarlierModels, read_revision
from segue.runtime.layout import find_project
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import Ruleset, check_project, load_ruleset, trained_models

WORKING_TREE = "the working tree"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a project, and how a reader knows it."""

    name: str
    ruleset: Ruleset


def load_version(name: str | None, project: Path) -> Version:
    """A version by its name: a folder that is there, else a revision of the project.

    None is the project as it is on the disk. Raises `Refusal` where a revision's rules have
    errors, and `SegueError` with all findings where a folder's have.
    """
    if name is None:
        return Version(WORKING_TREE, load_ruleset(project))
    if Path(name).is_dir():
        return Version(name, load_ruleset(Path(name)))
    root = find_project(project)
    revision = read_revision(root, name)
    models = EarlierModels(trained_models(root), revision.versions)
    checked = check_project(root, revision, models)
    if checked.ruleset is None:
        first = checked.diagnostics[0]
        raise Refusal(
            f"the rules of `{name}` have errors, so nothing can be compared with them",
            f"the first, in {first.span.path}:{first.span.line}: {first.message}",
        )
    return Version(name, checked.ruleset)
