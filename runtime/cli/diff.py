"""`segue diff`: what a change of the rules means, proved, with a customer to show it."""

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from segue.compiler.diff.compare import compare
from segue.compiler.diff.model import Diff
from segue.compiler.plan.windows import Binding
from segue.runtime.as_of import now, show_instant
from segue.runtime.cli.instant import instant_of
from segue.runtime.cli.options import PLACES, as_of_option, format_option, project_option
from segue.runtime.configuration import Target
from segue.runtime.diff.count import Count, count_changes
from segue.runtime.diff.report import Report, as_json, markdown, text
from segue.runtime.diff.versions import load_version
from segue.runtime.ruleset import Ruleset
from segue.runtime.solver.process import Effort
from segue.runtime.solver.session import kept_session
from segue.runtime.warehouse.connect import chosen_target, connect, shown_name
from segue.runtime.warehouse.failures import told_with_catalog


@click.command("diff")
@click.argument("base")
@click.argument("head", required=False)
@project_option
@format_option(
    "text", "markdown", "json", help="For people, for a comment on a pull request, or for machines."
)
@click.option(
    "--detailed-exitcode",
    "detailed",
    is_flag=True,
    help="Exit with 1 when anything means something else than before.",
)
@click.option("--target", metavar="NAME", help="Count in this warehouse of segue.yml.")
@click.option("--database", metavar="DB", help=f"Count in {PLACES}.")
@as_of_option("Count")
@click.option("--show-pii", is_flag=True, help="Show the keys of some who enter and leave.")
@click.option(
    "--seconds",
    default=60.0,
    show_default=True,
    help="How long the solver may take; what it has not proved then is unknown.",
)
@click.pass_context
def command(
    ctx: click.Context,
    base: str,
    head: str | None,
    path: Path,
    style: str,
    detailed: bool,
    target: str | None,
    database: str | None,
    as_of: str | None,
    show_pii: bool,
    seconds: float,
) -> None:
    """Say what became of each segment, tier, stage and metric since BASE.

    BASE and HEAD are folders, or revisions of git; without HEAD, the working tree. Layout,
    comments, order and the names of parameters are no change. Whether a changed rule lets more
    or fewer in is proved for every customer, and shown by one.

    Exits with 0, or with --detailed-exitcode: 0 when nothing means something else, 1 when
    something does or nobody knows, 2 when it could not compare.

    \b
    segue diff main
    segue diff v1.2 v1.3 --format json
    segue diff main --database shop.duckdb --format markdown
    """
    older, newer = load_version(base, path), load_version(head, path)
    with kept_session(newer.ruleset.project.root, Effort(seconds)) as session:
        diff = compare(older.ruleset.plan, newer.ruleset.plan, session)
    counts: dict[str, Count] = {}
    counted_in = ""
    if target is not None or database is not None:
        zone = newer.ruleset.plan.catalog.timezone
        binding = Binding(now() if as_of is None else instant_of(as_of, zone), ZoneInfo(zone))
        chosen = chosen_target(newer.ruleset.project, target, database)
        counts = _count(newer.ruleset, diff, chosen, binding)
        counted_in = f"{shown_name(chosen)} as of {show_instant(binding.as_of)}"
    shown = Report(diff, older.name, newer.name, counts, counted_in, show_pii)
    click.echo({"text": text, "markdown": markdown, "json": as_json}[style](shown))
    if detailed and diff.is_semantic:
        ctx.exit(1)


def _count(ruleset: Ruleset, diff: Diff, target: Target, binding: Binding) -> dict[str, Count]:
    with (
        connect(target, read_only=True) as warehouse,
        told_with_catalog(ruleset.project, warehouse.engine),
    ):
        return dict(count_changes(warehouse, diff, binding))
