"""Files in `.segue_cache/` of a project: JSON of a version, written whole or not at all.

The folder may be deleted at any time, and one that cannot be written to is no reason to fail: it
only saves time.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

FOLDER = ".segue_cache"


def read_kept(root: Path, file: str, version: int) -> Mapping[str, Any]:
    """What was kept in a file; nothing where it is of another version or was not written by us."""
    with suppress(OSError, ValueError, AttributeError):
        data = json.loads((root / FOLDER / file).read_text(encoding="utf-8"))
        if data.get("version") == version:
            return dict(data)
    return {}


def write_kept(root: Path, file: str, version: int, data: Mapping[str, Any]) -> None:
    """Keeps data in a file, at once: who reads it meanwhile sees what was there before."""
    folder = root / FOLDER
    with suppress(OSError):
        folder.mkdir(exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        beside = folder / f"{file}.{os.getpid()}"
        beside.write_text(json.dumps({"version": version, **data}), encoding="utf-8")
        beside.replace(folder / file)
