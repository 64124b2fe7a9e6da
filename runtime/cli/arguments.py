"""What several commands' arguments mean."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

from segue.runtime.project import find_project


def projects_of(paths: Iterable[Path]) -> list[Path]:
    """The projects that the paths are in, each once; without paths, the one around here."""
    return list(dict.fromkeys(find_project(path) for path in (tuple(paths) or (Path(),))))


def instant(text: str) -> datetime:
    """An instant: `2025-11-01T12:00:00Z`, or a day for its first instant; UTC unless it says."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"`{text}` is no instant; write 2025-11-01 or 2025-11-01T12:00:00Z"
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
