"""Verdicts on disk: one JSON file in `.segue_cache/` of a project, by fingerprint."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from segue.compiler.solver.verdict import Verdict
from segue.compiler.solver.wire import decode_verdict, encode_verdict
from segue.runtime.solver.kept import read_kept, write_kept

FILE = "solver.json"
# Another meaning of the same expressions, or better proofs: what was kept is no longer asked.
VERSION = 1
# Checks, diffs and tests ask for different things: what one does not ask for, another will.
MOST = 20_000


class Cache:
    """What was answered before. Without a folder it lasts as long as the process."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        self._known = {} if root is None else _verdicts(root)
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
        """Writes what is known; of too much, not what nobody has asked for the longest."""
        if self._root is None or self._used.items() <= self._known.items():
            return
        others = {key: data for key, data in self._known.items() if key not in self._used}
        verdicts = dict(list({**others, **self._used}.items())[-MOST:])
        write_kept(self._root, FILE, VERSION, {"verdicts": verdicts})


def _verdicts(root: Path) -> Mapping[str, Any]:
    verdicts = read_kept(root, FILE, VERSION).get("verdicts")
    return verdicts if isinstance(verdicts, dict) else {}
