"""Changing files: in one step, or as a diff of what would change."""

import difflib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def replace_file(file: Path, text: str) -> None:
    """Replaces the file in one step: nobody ever sees, or is left with, half of it."""
    target = file.resolve()
    with naming_folder_of(file):
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with open(handle, "wb") as stream:
            stream.write(text.encode("utf-8"))
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


@contextmanager
def naming_folder_of(file: Path) -> Iterator[None]:
    """Errors inside name the folder of a file, as it was given, and no hidden one beside the file.

    Where the file is a link, they name the folder of what it stands for.
    """
    try:
        yield
    except OSError as error:
        folder = file.resolve().parent if file.is_symlink() else file.parent
        raise OSError(error.errno, error.strerror, str(folder)) from None


def difference(before: str, after: str, name: str, done: str) -> str:
    """The unified diff from a file as it is to the file as `done` ("formatted", "fixed")."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"{name} (as it is)",
        f"{name} ({done})",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
