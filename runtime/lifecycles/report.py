"""What a run did to the stages of lifecycles, for people and for machines."""

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from segue.compiler.plan.lifecycles import Lifecycle
from segue.compiler.plan.plan import Plan
from segue.runtime.lifecycles.outcome import LifecycleCount, MoveCount

NOWHERE = "–"
"""How no stage is shown."""
SHOWN = 3
"""Moves into and out of a stage that the table names; JSON has all."""


def share(part: int, whole: int) -> str:
    """`12.5%`; nothing of nothing."""
    return f"{part / whole:.1%}" if whole else ""


def stage_table(count: LifecycleCount, entities: int) -> Table:
    """The stages of a lifecycle with their sizes, and where those who came came from."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(_heading(count), overflow="fold")
    for heading in ("in it", "share", "came", "went"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("from")
    changed = any(stage.change for stage in count.stages)
    if changed:
        table.add_column("rule")
    for stage in count.stages:
        sources = [move for move in count.moves if move.after == stage.stage]
        row: list[RenderableType] = [
            Text(stage.stage),
            f"{stage.entities:,}",
            share(stage.entities, entities),
            Text(f"+{stage.arrived:,}" if stage.arrived else "", "green"),
            Text(f"-{stage.departed:,}" if stage.departed else "", "red"),
            Text(_sources(sources)),
        ]
        table.add_row(*row, *([Text(stage.change)] if changed else []))
    table.add_row(*_nowhere(count, entities), style="dim")
    return table


def _nowhere(count: LifecycleCount, entities: int) -> list[RenderableType]:
    """The last row: those in no stage."""
    without = entities - count.entities
    left = [move for move in count.moves if move.after is None]
    came = sum(move.entities for move in left)
    went = sum(move.entities for move in count.moves if move.before is None)
    return [
        "no stage",
        f"{without:,}",
        share(without, entities),
        f"+{came:,}" if came else "",
        f"-{went:,}" if went else "",
        _sources(left),
    ]


def _heading(count: LifecycleCount) -> str:
    return f"stage of {count.name}" + (f" ({count.change})" if count.change else "")


def _sources(moves: Sequence[MoveCount]) -> str:
    """`prospect 12, at_risk 3`, the most first."""
    named = [f"{move.before or NOWHERE} {move.entities:,}" for move in moves]
    more = len(named) - SHOWN
    return ", ".join(named[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def lifecycle_json(count: LifecycleCount, plan: Plan) -> dict[str, Any]:
    """A lifecycle after a run: the sizes of its stages, what belongs to each, and the moves."""
    lifecycle = plan.lifecycles.get(count.name)
    return {
        "lifecycle": count.name,
        "title": lifecycle.title if lifecycle is not None else "",
        "rule": count.change or "unchanged",
        "stages": [
            {
                "stage": stage.stage,
                **(_about(lifecycle, stage.stage)),
                "entities": stage.entities,
                "arrived": stage.arrived,
                "departed": stage.departed,
                "rule": stage.change or "unchanged",
            }
            for stage in count.stages
        ],
        "moves": [
            {
                "from": move.before,
                "to": move.after,
                "reason": move.reason,
                "entities": move.entities,
            }
            for move in count.moves
        ],
    }


def _about(lifecycle: Lifecycle | None, name: str) -> dict[str, Any]:
    """What later consumers need of a stage: its sequences and triggers."""
    stage = None if lifecycle is None else lifecycle.stages.get(name)
    if stage is None:
        return {}
    return {
        "title": stage.title,
        "nurture": list(stage.nurture),
        "triggers": list(stage.triggers),
        "next": list(stage.next),
    }
