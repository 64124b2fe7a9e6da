"""Folders of files: on this machine, or wherever Spark's Hadoop reaches (`hdfs://`, `s3a://`)."""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Folder(Protocol):
    """A folder, which need not be there yet."""

    def path(self, name: str) -> str:
        """Where something in it is, as Spark reads it."""

    def inner(self, name: str) -> "Folder":
        """A folder in it."""

    def names(self) -> list[str]:
        """What is in it, by name; nothing where it is not there, or is a file."""

    def read(self, name: str) -> bytes:
        """What a file holds."""

    def write(self, name: str, content: bytes) -> None:
        """Makes a file of a new name, which nobody reads yet."""

    def add(self, name: str, text: str) -> bool:
        """Makes a file, whole or not at all; false where there is one of this name."""

    def remove(self, name: str) -> None:
        """Removes a file or folder, if it is there."""


def folder_at(path: str, session: "SparkSession") -> Folder:
    """The folder of a path, which may begin with the scheme of a file system."""
    return HadoopFolder(path, session) if "://" in path else LocalFolder(Path(path))


class LocalFolder:
    """A folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> str:
        """The absolute path."""
        return str((self.folder / name).absolute())

    def inner(self, name: str) -> Folder:
        """A folder in it."""
        return LocalFolder(self.folder / name)

    def names(self) -> list[str]:
        """What is in it."""
        return sorted(os.listdir(self.folder)) if self.folder.is_dir() else []

    def read(self, name: str) -> bytes:
        """What a file holds."""
        return (self.folder / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """Writes a file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / name).open("xb") as file:
            file.write(content)

    def add(self, name: str, text: str) -> bool:
        """Writes a file aside and links it to its name, which fails where the name is taken."""
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = self.folder / f".{uuid4().hex}"
        with aside.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, self.folder / name)
        except FileExistsError:
            return False
        finally:
            aside.unlink()
        return True

    def remove(self, name: str) -> None:
        """Removes a file or folder."""
        path = self.folder / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


class HadoopFolder:
    """A folder of a file system of Hadoop, through Spark's own Java."""

    def __init__(self, folder: str, session: "SparkSession") -> None:
        self.folder = folder.rstrip("/")
        self.session = session
        java: Any = session._jvm
        self._hadoop = java.org.apache.hadoop.fs
        context: Any = session.sparkContext
        self._system = self._at("").getFileSystem(context._jsc.hadoopConfiguration())

    def _at(self, name: str) -> Any:
        return self._hadoop.Path(self.path(name))

    def path(self, name: str) -> str:
        """The address."""
        return f"{self.folder}/{name}".rstrip("/")

    def inner(self, name: str) -> Folder:
        """A folder in it."""
        return HadoopFolder(self.path(name), self.session)

    def names(self) -> list[str]:
        """What is in it."""
        here = self._at("")
        if not self._system.exists(here) or not self._system.getFileStatus(here).isDirectory():
            return []
        return sorted(str(found.getPath().getName()) for found in self._system.listStatus(here))

    def read(self, name: str) -> bytes:
        """What a file holds."""
        stream = self._system.open(self._at(name))
        try:
            return bytes(stream.readAllBytes())
        finally:
            stream.close()

    def write(self, name: str, content: bytes) -> None:
        """Writes a file."""
        stream = self._system.create(self._at(name), False)
        try:
            stream.write(bytearray(content))
        finally:
            stream.close()

    def add(self, name: str, text: str) -> bool:
        """Writes a file aside and renames it, which fails where the name is taken.

        HDFS does that in one step. An object store does not: there, one run at a time.
        """
        aside = f".{uuid4().hex}"
        self.write(aside, text.encode())
        if self._system.exists(self._at(name)):
            self.remove(aside)
            return False
        if not self._system.rename(self._at(aside), self._at(name)):
            self.remove(aside)
            return False
        return True

    def remove(self, name: str) -> None:
        """Removes a file or folder."""
        self._system.delete(self._at(name), True)
