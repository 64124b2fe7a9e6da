"""Coverage on a terminal: a table of the rules, and what is not covered, by file and line."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from segue.compiler.coverage.decisions import EVENTS
from segue.compiler.coverage.measure import (
    AtomCoverage,
    DecisionCoverage,
    Outcome,
    Share,
    share,
)
from segue.runtime.coverage.observe import Coverage
from segue.runtime.terminal import colour_wanted, count

GOOD, FAIR = 90.0, 60.0
"""From how many per cent on a share is shown green, and yellow."""


def print_coverage(coverage: Coverage, *, to_errors: bool = False) -> None:
    """Prints the table, then one line for each atom that is not covered."""
    console = Console(
        stderr=to_errors, no_color=colour_wanted() is False, highlight=False, soft_wrap=True
    )
    console.print(_table(coverage))
    for line in uncovered_lines(coverage):
        console.print(Text(line))


def uncovered_lines(coverage: Coverage) -> Iterator[str]:
    """What no test has shown, as an editor or a CI log can open it."""
    for covered in coverage.decisions:
        for atom in covered.atoms:
            if atom.uncovered:
                span = atom.atom.span
                place = f"{coverage.shown_path(span.path)}:{span.line}:{span.column}"
                yield f"{place}: {covered.decision.name}: {missing_text(covered, atom)}"


def missing_text(covered: DecisionCoverage, atom: AtomCoverage) -> str:
    """What was not seen of an atom: `opens >= 10` was never false."""
    text = f"`{atom.atom.text}`"
    if not covered.tests:
        return f"{text}: no test expects anything of {covered.decision.name}"
    values = [str(o) for o in atom.uncovered if o is not Outcome.DECIDES]
    parts = [f"was never {' or '.join(values)}"] if values else []
    undecided = _undecided(atom) if Outcome.DECIDES in atom.uncovered else None
    if undecided in (Outcome.TRUE, Outcome.FALSE) and undecided not in values:
        parts.append(f"never decides when it is {undecided}")
    elif undecided is Outcome.DECIDES:
        parts.append("never decides")
    return f"{text} {', '.join(parts)}"


def _undecided(atom: AtomCoverage) -> Outcome:
    """The truth with which it has yet to decide, where it has decided with the other."""
    match sorted(atom.decides_when):
        case [only]:
            return Outcome.FALSE if only else Outcome.TRUE
        case _:
            return Outcome.DECIDES


def _table(coverage: Coverage) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("rule", overflow="fold")
    for heading in ("tests", "conditions", "seen", "decide", "covered"):
        table.add_column(heading, justify="right", no_wrap=True)
    for covered in coverage.decisions:
        name = Text(covered.decision.name)
        table.add_row(name, str(covered.tests), *_cells([covered]), _percent(share([covered])))
    table.add_section()
    whole = coverage.decisions
    rules = Text(count(sum(c.decision.kind != EVENTS for c in whole), "rule"))
    table.add_row(rules, str(len(coverage.tests)), *_cells(whole), _percent(share(whole)))
    return table


def _cells(covered: Sequence[DecisionCoverage]) -> Iterator[str]:
    decided = share(covered, only=Outcome.DECIDES)
    everything = share(covered)
    yield str(decided.total)
    yield f"{everything.covered - decided.covered} of {everything.total - decided.total}"
    yield f"{decided.covered} of {decided.total}"


def _percent(found: Share) -> Text:
    colour = "green" if found.percent >= GOOD else "yellow" if found.percent >= FAIR else "red"
    return Text(percent_text(found), colour)


def percent_text(found: Share) -> str:
    """In whole per cent, rounded down: 100% is said of nothing less."""
    return f"{int(found.percent)}%"
