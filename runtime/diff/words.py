"""A change in words, for every way of showing it."""

from segue.compiler.catalog.model import Catalog
from segue.compiler.diff.model import Change, Diff, Example, Status
from segue.compiler.solver.words import instant, sentence
from segue.runtime.diff.count import Count

MARKS = {
    Status.ADDED: "+",
    Status.REMOVED: "-",
    Status.RENAMED: ">",
    Status.UNKNOWN: "?",
    Status.EQUIVALENT: "=",
}
TELLING = {
    Status.EQUIVALENT: "written differently, the same for everybody",
    Status.ADDED: "added",
    Status.REMOVED: "removed",
    Status.NARROWER: "narrower: some leave, nobody enters",
    Status.WIDER: "wider: some enter, nobody leaves",
    Status.BOTH: "some enter and some leave",
    Status.CHANGED: "changed",
    Status.UNKNOWN: "unknown",
    Status.UNCHANGED: "unchanged",
}


def headline(change: Change) -> str:
    """What became of a definition."""
    if change.status is Status.RENAMED:
        return f"renamed from {change.old_name}, the same for everybody"
    told = TELLING[change.status]
    return f"{told}: {change.why}" if change.why else told


def examples(change: Change, catalog: Catalog) -> list[tuple[str, str]]:
    """Who enters, who leaves, or whose value changes: a word and a sentence each."""
    found = []
    for word, example in (("enters", change.enters), ("leaves", change.leaves)):
        if example is not None:
            label = word if not (example.before or example.after) else "for one"
            found.append((label, _who(example, catalog)))
    return found


def _who(example: Example, catalog: Catalog) -> str:
    who = f"{sentence(example.witness, catalog)}, as of {instant(example.witness)}"
    return f"{who}: {example.before} → {example.after}" if example.before else who


def origin(change: Change) -> str:
    """Where a change comes from that is not in the definition's own text."""
    if not change.inherited:
        return ""
    return "from " + ", ".join(change.because) if change.because else "from a define it uses"


def settings(change: Change) -> list[str]:
    """What a definition says beside its meaning, before and after."""
    return [
        f"{name}: {before or 'none'} → {after or 'none'}"
        for name, (before, after) in change.settings.items()
    ]


def counted(count: Count) -> str:
    """How many move."""
    return f"{count.enter:,} enter, {count.leave:,} leave, {count.stay:,} stay"


def summary(diff: Diff) -> str:
    """How much there is of each."""
    changes = diff.changes
    semantic = [c for c in changes if c.is_semantic]
    inherited = sum(c.inherited for c in semantic)
    same = len(changes) - len(semantic)
    proved = sum(c.status is Status.EQUIVALENT for c in changes)
    parts = [f"{len(semantic)} changed" + (f" ({inherited} inherited)" if inherited else "")]
    unknown = sum(c.status is Status.UNKNOWN for c in changes)
    if unknown:
        parts.append(f"{unknown} of them unknown")
    parts.append(f"{same} the same" + (f" ({proved} proved)" if proved else ""))
    return ", ".join(parts)
