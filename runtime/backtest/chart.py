"""The sizes of a back-test over time as a picture, drawn by matplotlib."""

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from segue.compiler.plan.windows import from_microseconds
from segue.runtime.refusal import Refusal

if TYPE_CHECKING:
    from segue.runtime.backtest.replay import Replay

SUFFIXES = (".svg", ".png", ".pdf")


def check_chart(path: Path) -> None:
    """Refuses what could not be drawn, before anything is computed."""
    if path.suffix not in SUFFIXES:
        raise Refusal(
            f"`{path}` is no picture that can be drawn", f"end it in {', '.join(SUFFIXES)}"
        )
    try:
        import matplotlib  # noqa: F401  # only whether it is there
    except ImportError:
        raise Refusal(
            "charts are drawn by matplotlib, which is not installed",
            "pip install 'segue-lang[charts]'",
        ) from None


def draw_chart(found: "Replay", path: Path) -> None:
    """Writes the chart: an area for one size, areas on each other for the stages of a lifecycle."""
    from matplotlib import rc_context
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.figure import Figure

    dates = [from_microseconds(date.as_of).astimezone(UTC) for date in found.dates]
    places = found.subject.places
    sizes = [[date.sizes[number] for date in found.dates] for number in range(1, len(places) + 1)]
    # Text as text, and no random ids: the same back-test gives the same file.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "segue"}):
        figure = Figure(figsize=(9, 4.5), layout="constrained")
        axes = figure.subplots()
        colours = _colours(len(places))
        axes.stackplot(dates, sizes, labels=places, colors=colours, alpha=0.85)  # type: ignore[arg-type]  # dates are numbers to it
        axes.set_title(f"{found.subject.kind} {found.subject.name}", loc="left", weight="bold")
        axes.set_ylabel("entities")
        axes.set_ylim(bottom=0)
        axes.margins(x=0)
        locator = AutoDateLocator()  # type: ignore[no-untyped-call]  # it has no types
        axes.xaxis.set_major_locator(locator)
        form = ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]  # nor has it
        axes.xaxis.set_major_formatter(form)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.3)
        if len(places) > 1:
            handles, labels = axes.get_legend_handles_labels()
            axes.legend(
                handles[::-1],
                labels[::-1],
                loc="center left",
                bbox_to_anchor=(1, 0.5),
                frameon=False,
            )
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, metadata=metadata, dpi=150)


def _colours(count: int) -> list[str]:
    """Colours that stay apart also for those who see no red or green (Okabe and Ito)."""
    palette = ("#56B4E9", "#009E73", "#E69F00", "#CC79A7", "#D55E00", "#0072B2", "#F0E442")
    return [palette[n % len(palette)] for n in range(count)]
