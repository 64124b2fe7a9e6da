"""The files of a project as a git revision has them, without checking it out."""

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from segue.compiler.scores.library import Header, Models
from segue.compiler.scores.model import Model
from segue.runtime.layout import MODELS, below
from segue.runtime.refusal import Refusal
from segue.runtime.sources import Disk

_SUFFIXES = (".seg", ".yml", ".yaml")
_FILE_MODES = ("100644", "100755")
_MODEL = re.compile(rf"{MODELS}/([^/]+)/v([1-9][0-9]{{0,8}})\.json")


class Revision(Disk):
    """A project's files from a commit, by the paths that they have on the disk.

    `versions` are those of each score that it has a model of.
    """

    def __init__(self, files: Mapping[Path, bytes], versions: Mapping[str, frozenset[int]]) -> None:
        self._files = files
        self.versions = versions

    def read(self, file: Path) -> bytes:
        """The content of a file; raises `OSError`."""
        try:
            return self._files[file]
        except KeyError:
            raise FileNotFoundError(2, "it is not in the revision", str(file)) from None

    def exists(self, file: Path) -> bool:
        """Whether the revision has a file."""
        return file in self._files

    def rules(self, folder: Path, ignore: tuple[str, ...] = ()) -> list[Path]:
        """The `.seg` files in a folder and its subfolders, in the order of the disk."""
        found = (f for f in self._files if f.suffix == ".seg" and below(f, folder, ignore))
        return sorted(found, key=lambda file: (file.parent.parts, file.name))


def read_revision(root: Path, name: str) -> Revision:
    """The files of the project folder `root` in a revision of the repository around it.

    Raises `Refusal` where there is no repository, no such revision, or no project in it.
    """
    commit = _git(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
    )
    if commit is None:
        if _git(root, "rev-parse", "--git-dir") is None:
            raise Refusal(
                f"there is no folder `{name}`, and `{root}` is not in a git repository",
                "name two folders, or run this in a repository",
            )
        raise Refusal(
            f"git knows no revision `{name}`",
            "name a branch, tag or commit, as in `segue diff main`; a shallow clone has few of "
            "them: `git fetch --depth 1 origin main` gets one",
        )
    prefix = (_git(root, "rev-parse", "--show-prefix") or b"").decode().strip()
    everything = list(_listed(root, commit.decode().strip(), prefix))
    listed = [(identity, path) for identity, path in everything if path.endswith(_SUFFIXES)]
    if not listed:
        raise Refusal(f"`{name}` has no project in `{prefix or '.'}`")
    contents = _contents(root, [identity for identity, _ in listed])
    files = {root / path: data for (_, path), data in zip(listed, contents, strict=True)}
    return Revision(files, _versions(path for _, path in everything))


@dataclass(frozen=True, slots=True)
class EarlierModels:
    """The models of a project that there were at a revision; files of models never change."""

    models: Models
    known: Mapping[str, frozenset[int]]

    def versions(self, score: str) -> Mapping[int, Header]:
        """The models of a score that there were."""
        known = self.known.get(score, frozenset())
        return {n: h for n, h in self.models.versions(score).items() if n in known}

    def model(self, header: Header) -> Model:
        """The model of a header."""
        return self.models.model(header)


def _versions(paths: Iterable[str]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for path in paths:
        model = _MODEL.fullmatch(path)
        if model is not None:
            found.setdefault(model[1], set()).add(int(model[2]))
    return {score: frozenset(numbers) for score, numbers in found.items()}


def _listed(root: Path, commit: str, prefix: str) -> Iterator[tuple[str, str]]:
    """The id of each file of the project, and its path in it."""
    tree = f"{commit}:{prefix}".removesuffix("/") if prefix else commit
    found = _git(root, "ls-tree", "-r", "-z", "--full-tree", tree) or b""
    for entry in found.decode("utf-8", "surrogateescape").split("\0"):
        head, _, path = entry.partition("\t")
        if head:
            mode, _, identity = head.split(" ")
            if mode in _FILE_MODES:
                yield identity, path


def _contents(root: Path, identities: list[str]) -> Iterator[bytes]:
    """The contents of files by their ids: what `git cat-file --batch` writes, taken apart."""
    data = _git(root, "cat-file", "--batch", input="\n".join(identities).encode()) or b""
    for _ in identities:
        head, _, data = data.partition(b"\n")
        size = int(head.split(b" ")[2])
        yield data[:size]
        data = data[size + 1 :]


def _git(root: Path, *arguments: str, input: bytes | None = None) -> bytes | None:
    """What git says, or None where it fails."""
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, input=input, check=False)
    except OSError:
        raise Refusal("git is not installed", "name two folders to compare them") from None
    return done.stdout if done.returncode == 0 else None
