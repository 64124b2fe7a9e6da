"""`segue graph`: a lifecycle as a picture."""

from pathlib import Path

import click

from segue.compiler.plan.lifecycles import Lifecycle
from segue.compiler.plan.plan import Plan
from segue.grammar.suggestions import did_you_mean
from segue.runtime.cli.options import PLACES, project_option
from segue.runtime.history.lifecycle import LifecycleHistory, lifecycle_history
from segue.runtime.history.store import check_written
from segue.runtime.membership.store import SCHEMA, Store
from segue.runtime.pictures.mermaid import mermaid
from segue.runtime.pictures.picture import picture_of
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import Ruleset, load_ruleset
from segue.runtime.warehouse.connect import chosen_target, connect


@click.command("graph")
@click.argument("lifecycle")
@project_option
@click.option("--target", metavar="NAME", help="Count in a warehouse of segue.yml.")
@click.option("--database", metavar="DB", help=f"Count in {PLACES}.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["mermaid", "svg"]),
    help="Default: what the ending of --out says, else mermaid.",
)
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it there instead of printing.",
)
def command(
    lifecycle: str,
    path: Path,
    target: str | None,
    database: str | None,
    style: str | None,
    out: Path | None,
) -> None:
    """Draw LIFECYCLE: its stages, and the ways from one to the next.

    With --target or --database the picture has counts: how many are in each stage since the last
    run, and how many went each way in all runs.

    \b
    segue graph customer
    segue graph customer --database shop.duckdb --out customer.svg
    """
    style = style or _style(out)
    ruleset = load_ruleset(path)
    found = _known(ruleset.plan, lifecycle)
    history = _history(ruleset, found, target, database)
    picture = picture_of(found, history)
    if style == "svg":
        from segue.runtime.pictures.svg import svg

        text = svg(picture)
    else:
        text = mermaid(picture)
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8", newline="\n")
    click.echo(f"wrote {out}")


_STYLES = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid"}


def _style(out: Path | None) -> str:
    """What the ending of a file says."""
    if out is None:
        return "mermaid"
    if out.suffix not in _STYLES:
        hint = f"it may end with {', '.join(_STYLES)}; or give --format"
        raise Refusal(f"`{out.name}` does not say a format", hint)
    return _STYLES[out.suffix]


def _known(plan: Plan, name: str) -> Lifecycle:
    if name in plan.lifecycles:
        return plan.lifecycles[name]
    if not plan.lifecycles:
        raise Refusal("the rules have no lifecycle")
    hint = did_you_mean(name, plan.lifecycles) or f"there are {', '.join(plan.lifecycles)}"
    raise Refusal(f"there is no lifecycle `{name}`", hint)


def _history(
    ruleset: Ruleset, lifecycle: Lifecycle, target: str | None, database: str | None
) -> LifecycleHistory | None:
    if target is None and database is None:
        return None
    chosen = chosen_target(ruleset.project, target, database)
    with connect(chosen, read_only=True) as warehouse:
        store = Store(warehouse, chosen.settings.get("schema", SCHEMA))
        check_written(store)
        return lifecycle_history(store, lifecycle)
