"""Verdicts on disk: one JSON file in `.segue_cache/` of a project, by fingerprint."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from segue.compiler.solver.verdict import Verdict
from segue.compiler.solver.wire import decode_verdict, encode_verdict

FOLDER = ".segue_cache"
FILE = "solver.json"
# Another meaning of the same expressions, or better proofs: what was kept is no longer asked.
VERSION = 1
# Checks, diffs and tests ask for different things: what one does not ask for, another will.
MOST = 20_000


class Cache:
    """What was answered before. Without a folder it lasts as long as the process."""

    def __init__(self, root: Path | None = None) -> None:
        self._path = None if root is None else root / FOLDER / FILE
        self._known = _read(self._path)
        self._used: dict[str, Any] = {}

    def get(self, key: str) -> Verdict | None:
        """The verdict kept under a key."""
        data = self._used.get(key, self._known.get(key))
        if data is None:
            return None
        with suppress(KeyError, TypeError, ValueError, AttributeError, AssertionError):
            verdict = decode_verdict(data)
            self._used[key] = data
            return verdict
        return None  # Written by nobody we know: ask again.

    def put(self, key: str, verdict: Verdict) -> None:
        """Keeps a verdict."""
        self._used[key] = encode_verdict(verdict)

    def save(self) -> None:
        """Writes what is known, without what nobody has asked for the longest where it is too much.

        A folder that cannot be written to is no reason to fail: it only saves time.
        """
        if self._path is None or self._used.items() <= self._known.items():
            return
        others = {key: data for key, data in self._known.items() if key not in self._used}
        verdicts = dict(list({**others, **self._used}.items())[-MOST:])
        with suppress(OSError):
            self._path.parent.mkdir(exist_ok=True)
            ignore = self._path.parent / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
            beside = self._path.with_suffix(f".{os.getpid()}")
            data = {"version": VERSION, "verdicts": verdicts}
            beside.write_text(json.dumps(data), encoding="utf-8")
            beside.replace(self._path)


def _read(path: Path | None) -> Mapping[str, Any]:
    if path is None:
        return {}
    with suppress(OSError, ValueError, AttributeError):
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("version") == VERSION and isinstance(data["verdicts"], dict):
            return dict(data["verdicts"])
    return {}
