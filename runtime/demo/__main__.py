"""Makes the demo databases: `python -m segue.runtime.demo cdnow rulesets/cdnow`."""

from pathlib import Path

import click

from segue.runtime.demo.cdnow import create_cdnow
from segue.runtime.demo.shop import create_shop


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def demo() -> None:
    """Make a database to try rules on."""


@demo.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def cdnow(folder: Path) -> None:
    """Unpack FOLDER/purchases.csv.gz, the CDNOW log, into FOLDER/cdnow.duckdb."""
    source, target = folder / "purchases.csv.gz", folder / "cdnow.duckdb"
    if not source.exists():
        raise click.UsageError(f"there is no {source}: name the folder rulesets/cdnow")
    _report(target, create_cdnow(source, target))


@demo.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--customers", type=click.IntRange(1), default=2000, show_default=True)
@click.option("--seed", type=int, default=7, show_default=True)
def shop(target: Path, customers: int, seed: int) -> None:
    """Write a made-up shop, for rulesets/behavioral, into the DuckDB file TARGET."""
    _report(target, create_shop(target, customers, seed))


def _report(target: Path, rows: dict[str, int]) -> None:
    tables = ", ".join(f"{count:,} {table}" for table, count in rows.items())
    click.echo(f"{target}: {tables}")


if __name__ == "__main__":
    demo(prog_name="python -m segue.runtime.demo")
