"""What the last run knew of each stage, to tell renamed and removed stages from moves."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from segue.compiler.plan.lifecycles import Lifecycle
from segue.runtime.membership.definitions import definition_hash

Stages = Mapping[str, str]
"""The definition of each stage, by name."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of lifecycles and stages since the last run.

    `lifecycles` and `stages` (by lifecycle) give the old name of what has a new one; `removed`
    are the lifecycles that are gone.
    """

    lifecycles: Mapping[str, str]
    stages: Mapping[str, Mapping[str, str]]
    removed: tuple[str, ...]


def definitions(lifecycle: Lifecycle) -> Stages:
    """A hash for each stage of what its entry and exit mean."""
    found = {}
    for name, stage in lifecycle.stages.items():
        parts = [c and definition_hash(c) for c in (stage.enter, stage.exit)]
        found[name] = sha256(repr(parts).encode()).hexdigest()
    return found


def changes(stored: Mapping[str, Stages], wanted: Sequence[Lifecycle]) -> Changes:
    """Compares the lifecycles of the last run with those of this one."""
    now = {lifecycle.name: definitions(lifecycle) for lifecycle in wanted}
    lifecycles = renamed(
        {name: repr(sorted(stages.items())) for name, stages in stored.items()},
        {name: repr(sorted(stages.items())) for name, stages in now.items()},
    )
    stages = {}
    for name, wanted_stages in now.items():
        before = stored.get(lifecycles.get(name, name), {})
        found = renamed(before, wanted_stages)
        if found:
            stages[name] = found
    kept = {*now, *lifecycles.values()}
    removed = tuple(name for name in stored if name not in kept)
    return Changes(lifecycles, stages, removed)


def renamed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """New names for what exactly one vanished name meant, with the old name."""
    gone = {name: what for name, what in before.items() if name not in after}
    new = {name: what for name, what in after.items() if name not in before}
    times_gone, times_new = Counter(gone.values()), Counter(new.values())
    by_meaning = {what: name for name, what in gone.items()}
    return {
        name: by_meaning[what]
        for name, what in new.items()
        if times_gone[what] == times_new[what] == 1
    }
