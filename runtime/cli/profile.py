"""`segue profile`: what tells the members of a segment from everybody."""

from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from segue.compiler.plan.windows import Binding
from segue.runtime.as_of import now
from segue.runtime.cli.instant import instant_of
from segue.runtime.cli.options import (
    as_of_option,
    database_option,
    format_option,
    project_option,
    target_option,
)
from segue.runtime.cli.progress import progress
from segue.runtime.profile.compare import compare
from segue.runtime.profile.report import as_json, markdown, print_profile
from segue.runtime.profile.subjects import ask
from segue.runtime.profile.survey import survey
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import load_ruleset
from segue.runtime.scores.extra import library
from segue.runtime.scores.report import FEWEST
from segue.runtime.terminal import colour_wanted
from segue.runtime.warehouse.connect import chosen_target, connect
from segue.runtime.warehouse.failures import told_with_catalog
from segue.runtime.warehouse.mistyped import check_types


@click.command("profile")
@click.argument("segment")
@project_option
@target_option
@database_option
@as_of_option("Compare")
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=90,
    show_default=True,
    help="How far back to look at events.",
)
@click.option("--hours", "hours_of", metavar="EVENT", help="The event whose hours to send by.")
@click.option(
    "--personal", is_flag=True, help="Also what the catalog marks as personal, and small groups."
)
@format_option("text", "markdown", "json", help="Tables for people, or data.")
def command(
    segment: str,
    path: Path,
    target: str | None,
    database: str | None,
    as_of: str | None,
    days: int,
    hours_of: str | None,
    personal: bool,
    style: str,
) -> None:
    """Say what distinguishes the members of SEGMENT (or of a condition), and write nothing.

    Attributes, metrics and events of members are compared with those of everybody else: numbers
    by how often a member has more than another, names by how many times as often members have
    them. Only what differs by more than chance is shown. Everything is counted in the warehouse;
    nothing is said of groups of fewer than ten.

    \b
    segue profile high_engagement --database shop.duckdb
    segue profile winback --hours email_click --format markdown
    """
    library("scipy")
    ruleset = load_ruleset(path)
    moment = now() if as_of is None else instant_of(as_of, ruleset.plan.catalog.timezone)
    question = ask(ruleset, segment, days, hours_of, personal=personal)
    fewest = 1 if personal else FEWEST
    chosen = chosen_target(ruleset.project, target, database)
    with (
        connect(chosen, read_only=True) as warehouse,
        progress() as tell,
        told_with_catalog(ruleset.project, warehouse.engine),
        ruleset.locating(),
    ):
        warehouse.inspect(ruleset.plan.catalog)
        binding = Binding(moment, ZoneInfo(question.plan.catalog.timezone))
        read = [question.condition, *(subject.expr for subject in question.subjects)]
        check_types(warehouse, question.plan, binding, read)
        tell(f"counting {segment}")
        found = survey(warehouse, question, moment, fewest)
    entity = ruleset.plan.catalog.entity.name
    if found.members < fewest:
        raise Refusal(
            f"`{segment}` has {found.members} {entity}s, too few to say anything of them",
            "" if personal else f"groups have {fewest} at least; --personal says it all the same",
        )
    if found.members == found.everybody:
        raise Refusal(f"every {entity} is in `{segment}`: there is nobody to tell them from")
    profile = compare(question, found, moment)
    if style == "json":
        click.echo(as_json(profile))
    elif style == "markdown":
        click.echo(markdown(profile), nl=False)
    else:
        print_profile(profile, Console(no_color=colour_wanted() is False, highlight=False))
