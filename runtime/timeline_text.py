"""Sizes over time on a terminal: instants, bars, headings of many columns."""

from datetime import time
from zoneinfo import ZoneInfo

from segue.compiler.plan.windows import local_datetime

BLOCKS = " ▏▎▍▌▋▊▉█"
WIDTH = 16


def bar(size: int, most: int) -> str:
    """A bar of up to `WIDTH` characters, in eighths of one."""
    eighths = round(size * WIDTH * 8 / most) if most else 0
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (BLOCKS[rest] if rest else "")


def local_text(as_of: int, zone: ZoneInfo) -> str:
    """An instant on the zone's clock; midnight is the day alone."""
    local = local_datetime(as_of, zone).replace(tzinfo=None)
    if local.time() == time():
        return local.date().isoformat()
    return local.isoformat(" ", "minutes" if not local.second else "auto")


def heading(name: str) -> str:
    """A name that may break after its underscores, so that many columns fit."""
    return name.replace("_", "_\n")
