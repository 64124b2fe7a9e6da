"""`segue export`: members, entries and exits as a file for another tool."""

import sys
from pathlib import Path

import click

from segue.runtime.as_of import show_instant
from segue.runtime.cli.instant import instant_of
from segue.runtime.cli.options import database_option, project_option, target_option
from segue.runtime.export.columns import What, consent_of, read_columns
from segue.runtime.export.export import export, whole_file
from segue.runtime.export.query import Wanted
from segue.runtime.export.writers import SUFFIXES, WRITERS
from segue.runtime.history.sizes import Run, runs
from segue.runtime.history.store import check_written
from segue.runtime.membership.renames import check_not_renamed
from segue.runtime.membership.store import SCHEMA, Store
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import Ruleset, load_ruleset
from segue.runtime.segments import check_segments
from segue.runtime.warehouse.connect import chosen_target, connect
from segue.runtime.warehouse.failures import told_with_catalog


@click.command("export")
@click.argument("what", metavar="[members|entries|exits]", default="members")
@click.option("--segment", "only", metavar="NAME", multiple=True, help="Only this one. Repeatable.")
@click.option(
    "--since",
    metavar="RUN",
    help="Changes after this run, or after that instant; default: the run before the last.",
)
@click.option(
    "--until", metavar="RUN", help="Changes up to this run or instant; default: the last."
)
@click.option(
    "--columns",
    metavar="COLUMNS",
    multiple=True,
    help="Which columns under which names, as in key=external_id,email. `*` is every attribute "
    "that is not personal.",
)
@click.option(
    "--consent",
    metavar="NAME",
    help="The attribute that must be true, or `none`; default: all that the catalog marks.",
)
@click.option(
    "--to",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where to; default: the standard output.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(list(WRITERS)),
    help="Default: by the name of the file, else csv.",
)
@project_option
@target_option
@database_option
def command(
    what: str,
    only: tuple[str, ...],
    since: str | None,
    until: str | None,
    columns: tuple[str, ...],
    consent: str | None,
    file: Path | None,
    style: str | None,
    path: Path,
    target: str | None,
    database: str | None,
) -> None:
    """Write who is in the segments, or who entered or left them, as the runs have found it.

    Entries and exits are those between two runs: who came and went in between is neither. Where
    the catalog marks an attribute with `consent: true`, members and entries without it are left
    out; exits are complete, so that another tool lets go of everybody. Nothing is computed anew.

    \b
    segue export --segment high_engagement --to members.parquet
    segue export entries --since 41 --columns key=external_id,email --to new.csv
    segue export exits --since 2025-12-01 --format jsonl
    segue export members --columns 'key,*' --consent email_subscribed
    """
    if what not in tuple(What):
        raise click.UsageError(f"there is no `{what}` to export: members, entries or exits")
    asked = What(what)
    if asked is What.MEMBERS and (since is not None or until is not None):
        raise click.UsageError("--since and --until are of entries and exits")
    ruleset = load_ruleset(path)
    entity = ruleset.plan.catalog.entity
    selected = read_columns(columns, asked, entity)
    consenting = consent_of(entity, consent)
    style = style or _style(file)
    place = chosen_target(ruleset.project, target, database)
    with connect(place, read_only=True) as warehouse, warehouse.snapshot():
        store = Store(warehouse, place.settings.get("schema", SCHEMA))
        check_written(store)
        known = _known(ruleset, store, asked)
        for name in only:
            if name not in known:
                check_not_renamed(store, name)
        check_segments(only, known)
        first, last = _between(runs(store), since, until, ruleset)
        wanted = Wanted(asked, selected, only, consenting, first, last)
        with told_with_catalog(ruleset.project, warehouse.engine):
            if file is None:
                counts = export(store, entity, wanted, WRITERS[style], sys.stdout.buffer)
            else:
                with whole_file(file) as stream:
                    counts = export(store, entity, wanted, WRITERS[style], stream)
    _summarize(asked, counts, file, last)


def _known(ruleset: Ruleset, store: Store, what: What) -> tuple[str, ...]:
    """The segments that may be asked for: of changes, also those that are gone from the rules."""
    names = list(ruleset.plan.segments)
    if what is not What.MEMBERS:
        names += [slot.segment for slot in store.slots()]
    return tuple(dict.fromkeys(names))


def _style(path: Path | None) -> str:
    """The format that the name of a file asks for."""
    if path is None or not path.suffix:
        return "csv"
    if path.suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise Refusal(
            f"`{path.name}` does not say a format", f"it may end with {known}; or give --format"
        )
    return SUFFIXES[path.suffix]


def _between(
    known: list[Run], since: str | None, until: str | None, ruleset: Ruleset
) -> tuple[int, int]:
    """The runs that changes lie between: after the first, up to the last."""
    last = known[-1].run_id if until is None else _run(known, until, ruleset)
    if last == 0:
        earliest = show_instant(known[0].as_of)
        raise Refusal(f"there was no run until `{until}`", f"the first one is as of {earliest}")
    first = max(last - 1, 0) if since is None else _run(known, since, ruleset)
    if first > last:
        raise Refusal(
            f"run {first} is after run {last}", "changes are those after --since, up to --until"
        )
    return first, last


def _run(known: list[Run], text: str, ruleset: Ruleset) -> int:
    """The number of a run, or of the last one as of an instant or before; 0 is before them all."""
    if text.isdecimal():
        number = int(text)
        if number > known[-1].run_id:
            raise Refusal(f"there is no run {number}", f"the last one is run {known[-1].run_id}")
        return number
    moment = instant_of(text, ruleset.plan.catalog.timezone)
    return max((run.run_id for run in known if run.as_of <= moment), default=0)


def _summarize(what: What, counts: tuple[int, int], path: Path | None, run: int) -> None:
    rows, left_out = counts
    where = "" if path is None else f" to {path}"
    without = f", {left_out:,} without consent left out" if left_out else ""
    click.echo(f"wrote {rows:,} {what}{where} as of run {run}{without}", err=True)
