"""A back-test for people and for programs: a table, JSON, CSV."""

import csv
import io
import json
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from segue.compiler.plan.windows import local_datetime
from segue.runtime.as_of import show_instant
from segue.runtime.backtest.replay import Date, Replay

BLOCKS = " ▏▎▍▌▋▊▉█"
WIDTH = 16


def table(found: Replay, zone: ZoneInfo) -> Table:
    """A row for each date: with a bar for a single size, with a column for each of several."""
    places = found.subject.places
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("as of", no_wrap=True)
    for place in places:
        shown.add_column(place, justify="right", overflow="fold")
    single = len(places) == 1
    if single:
        shown.add_column("share", justify="right")
    for heading in ("entered", "left") if single else ("moved",):
        shown.add_column(heading, justify="right")
    if single:
        shown.add_column("", no_wrap=True)
    most = max((size for date in found.dates for size in date.sizes[1:]), default=0)
    for date in found.dates:
        row: list[RenderableType] = [local_text(date.as_of, zone)]
        row += [f"{size:,}" for size in date.sizes[1:]]
        if single:
            row.append(f"{date.sizes[1] / found.entities:.1%}" if found.entities else "")
            row.append(Text(f"+{date.arrived:,}" if date.arrived else "", "green"))
            row.append(Text(f"-{date.departed:,}" if date.departed else "", "red"))
            row.append(Text(bar(date.sizes[1], most), "cyan"))
        else:
            moved = sum(date.moves.values())
            row.append(f"{moved:,}" if moved else "")
        shown.add_row(*row)
    return shown


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


def as_json(found: Replay) -> str:
    """All of it; a move has `from` and `to`, null for no place."""
    data = {
        "rule": found.subject.name,
        "kind": found.subject.kind,
        "entities": found.entities,
        "scans": found.scans,
        "dates": [_date(found, date) for date in found.dates],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _date(found: Replay, date: Date) -> dict[str, Any]:
    places = (None, *found.subject.places)
    return {
        "as_of": show_instant(date.as_of),
        "sizes": dict(zip(found.subject.places, date.sizes[1:], strict=True)),
        "moves": [
            {"from": places[before], "to": places[after], "entities": size}
            for (before, after), size in sorted(date.moves.items())
        ],
    }


def as_csv(found: Replay) -> str:
    """A line for each date: the sizes, how many entered and left."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["as_of", *found.subject.places, "entered", "left", "moved"])
    for date in found.dates:
        moved = sum(date.moves.values())
        writer.writerow(
            [show_instant(date.as_of), *date.sizes[1:], date.arrived, date.departed, moved]
        )
    return out.getvalue()
