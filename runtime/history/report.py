"""What runs have written, as tables for people and as data for programs."""

from collections.abc import Sequence
from typing import Any, Literal
from zoneinfo import ZoneInfo

from rich import box
from rich.table import Table

from segue.compiler.plan.windows import DAY
from segue.runtime.as_of import show_instant
from segue.runtime.history.entity import Change, Life
from segue.runtime.history.lifecycle import LifecycleHistory
from segue.runtime.history.sizes import Run, SegmentSize
from segue.runtime.lifecycles.report import NOWHERE, share
from segue.runtime.membership.lookup import REASONS
from segue.runtime.timeline_text import bar, heading, local_text

STAGE_REASONS = {
    "entered": "its entry condition held",
    "started": "the initial stage",
    "progressed": "its entry condition held",
    "exited": "the exit condition held",
    "stage_removed": "the stage was removed",
    "lifecycle_removed": "the lifecycle was removed",
    "entity_gone": "the entity was gone",
}
HOUR = DAY // 24


def _table(*titles: str, numbers: Sequence[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, title in enumerate(titles):
        justify: Literal["left", "right"] = "right" if title in numbers else "left"
        table.add_column(heading(title), justify=justify, no_wrap=place == 0)
    return table


# -------------------------------------------------------------------------- an entity


def life_tables(life: Life, zone: ZoneInfo) -> list[Table]:
    """Where the entity is now, and how it came there."""
    now = _table("is in", "since")
    for lifecycle, (stage, since) in life.stages.items():
        now.add_row(f"{stage} ({lifecycle})", local_text(since, zone))
    for segment, since in life.members.items():
        now.add_row(segment, local_text(since, zone))
    past = _table("as of", "run", "what", "why", numbers=("run",))
    for change in life.changes:
        past.add_row(
            local_text(change.at, zone), str(change.run_id), change_text(change), why(change)
        )
    return [now, past]


def change_text(change: Change) -> str:
    """`entered high_engagement`, `prospect → new_customer (customer)`."""
    if change.kind == "segment":
        return f"entered {change.after}" if change.after is not None else f"left {change.before}"
    return f"{change.before or NOWHERE} → {change.after or NOWHERE} ({change.where})"


def why(change: Change) -> str:
    """The reason in words."""
    reasons = REASONS if change.kind == "segment" else STAGE_REASONS
    return reasons.get(change.reason, change.reason)


def life_json(key: int | str, life: Life) -> dict[str, Any]:
    """The same as data."""
    return {
        "key": key,
        "segments": [
            {"segment": name, "since": show_instant(since)} for name, since in life.members.items()
        ],
        "stages": [
            {"lifecycle": name, "stage": stage, "since": show_instant(since)}
            for name, (stage, since) in life.stages.items()
        ],
        "changes": [
            {
                "as_of": show_instant(change.at),
                "run_id": change.run_id,
                change.kind: change.where,
                "from": change.before,
                "to": change.after,
                "reason": change.reason,
            }
            for change in life.changes
        ],
    }


# ------------------------------------------------------------------------ a lifecycle


def lifecycle_tables(history: LifecycleHistory, zone: ZoneInfo) -> list[Table]:
    """Sizes over time, the transition matrix, and the time spent in each stage."""
    return [_sizes(history, zone), _matrix(history), _stays(history)]


def _sizes(history: LifecycleHistory, zone: ZoneInfo) -> Table:
    table = _table("as of", *history.stages, "no stage", numbers=(*history.stages, "no stage"))
    for size in history.sizes:
        found = [size.sizes.get(stage, 0) for stage in history.stages]
        row = [f"{n:,}" for n in (*found, size.entities - sum(found))]
        table.add_row(local_text(size.as_of, zone), *row)
    return table


def _matrix(history: LifecycleHistory) -> Table:
    places = [*history.stages, None]
    titles = [stage or NOWHERE for stage in places]
    table = _table("from \\ to", *titles, numbers=titles)
    for before in (None, *history.stages):
        row = [history.matrix.get((before, after), 0) for after in places]
        table.add_row(before or NOWHERE, *(f"{n:,}" if n else "" for n in row))
    return table


def _stays(history: LifecycleHistory) -> Table:
    table = _table("stage", "median stay", "ended", "still there", numbers=("ended", "still there"))
    for stage, stays in history.stays.items():
        table.add_row(stage, duration_text(stays.median), f"{stays.ended:,}", f"{stays.present:,}")
    return table


def duration_text(microseconds: int | None) -> str:
    """`28 days`, `6 hours`; nothing of nothing."""
    if microseconds is None:
        return ""
    if microseconds < 2 * DAY:
        return (
            f"{microseconds / HOUR:g} hours"
            if microseconds % HOUR == 0
            else (f"{microseconds / HOUR:.1f} hours")
        )
    return f"{round(microseconds / DAY)} days"


def lifecycle_json(history: LifecycleHistory) -> dict[str, Any]:
    """The same as data; stays in seconds."""
    return {
        "lifecycle": history.name,
        "sizes": [
            {
                "run_id": size.run_id,
                "as_of": show_instant(size.as_of),
                "entities": size.entities,
                "stages": {stage: size.sizes.get(stage, 0) for stage in history.stages},
            }
            for size in history.sizes
        ],
        "transitions": [
            {"from": before, "to": after, "entities": entities}
            for (before, after), entities in history.matrix.items()
        ],
        "stays": [
            {
                "stage": stage,
                "median_seconds": None if stays.median is None else stays.median / 1_000_000,
                "ended": stays.ended,
                "still_there": stays.present,
            }
            for stage, stays in history.stays.items()
        ],
    }


# -------------------------------------------------------------------- segments, runs


def segment_table(sizes: Sequence[SegmentSize], zone: ZoneInfo) -> Table:
    """A segment at each run."""
    numbers = ("run", "members", "share", "entered", "left")
    table = _table("as of", *numbers, "", numbers=numbers)
    most = max((size.members for size in sizes), default=0)
    for size in sizes:
        table.add_row(
            local_text(size.as_of, zone),
            str(size.run_id),
            f"{size.members:,}",
            share(size.members, size.entities),
            f"+{size.entered:,}" if size.entered else "",
            f"-{size.left:,}" if size.left else "",
            bar(size.members, most),
        )
    return table


def segment_json(segment: str, sizes: Sequence[SegmentSize]) -> dict[str, Any]:
    """The same as data."""
    return {
        "segment": segment,
        "sizes": [
            {
                "run_id": size.run_id,
                "as_of": show_instant(size.as_of),
                "entities": size.entities,
                "members": size.members,
                "entered": size.entered,
                "left": size.left,
            }
            for size in sizes
        ],
    }


def run_table(found: Sequence[Run], zone: ZoneInfo) -> Table:
    """Every run."""
    numbers = ("run", "entities", "entered", "left")
    table = _table("run", "as of", "entities", "entered", "left", "ruleset", numbers=numbers)
    for run in found:
        table.add_row(
            str(run.run_id),
            local_text(run.as_of, zone),
            f"{run.entities:,}",
            f"+{run.entered:,}" if run.entered else "",
            f"-{run.left:,}" if run.left else "",
            run.ruleset[:12] + (" (some segments)" if run.partial else ""),
        )
    return table


def run_json(found: Sequence[Run]) -> dict[str, Any]:
    """The same as data."""
    return {
        "runs": [
            {
                "run_id": run.run_id,
                "as_of": show_instant(run.as_of),
                "ruleset": run.ruleset,
                "partial": run.partial,
                "entities": run.entities,
                "entered": run.entered,
                "left": run.left,
            }
            for run in found
        ]
    }
