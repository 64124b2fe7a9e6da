"""A back-test for people and for programs: a table, JSON, CSV."""

import csv
import io
import json
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from segue.runtime.as_of import show_instant
from segue.runtime.backtest.replay import Date, Replay
from segue.runtime.timeline_text import bar, heading, local_text


def table(found: Replay, zone: ZoneInfo) -> Table:
    """A row for each date: with a bar for a single size, with a column for each of several."""
    places = found.subject.places
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("as of", no_wrap=True)
    for place in places:
        shown.add_column(heading(place), justify="right")
    single = len(places) == 1
    if single:
        shown.add_column("share", justify="right")
    for title in ("entered", "left") if single else ("moved",):
        shown.add_column(title, justify="right")
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
