"""The model card: what a model was made of, how good it is, and what it cannot say.

After Mitchell et al. 2019, *Model Cards for Model Reporting*. It is made of the model's file
alone, as Markdown to be read beside it in version control, or as one HTML page with plots.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from segue.compiler.scores.estimators import ESTIMATORS
from segue.compiler.scores.library import Header
from segue.compiler.scores.model import Calibration, Isotonic, ScoreKind, Trees
from segue.runtime.as_of import show_instant
from segue.runtime.history.report import duration_text
from segue.runtime.scores.artefact import Trained
from segue.runtime.scores.charts import calibration_chart, importance_chart, lift_chart
from segue.runtime.scores.metrics import TITLES
from segue.runtime.scores.report import NumberSeen, Part, Report, Seen, Validation
from segue.runtime.scores.words import figure, metric_interval, metric_value, score_value
from segue.runtime.terminal import count

_SAYS: Mapping[ScoreKind, str] = {
    ScoreKind.PROBABILITY: "how probable it is that the label becomes true",
    ScoreKind.AMOUNT: "how much to expect, never below 0",
    ScoreKind.NUMBER: "which number to expect",
    ScoreKind.DURATION: "how long to expect, never below 0",
    ScoreKind.CLASS: "which value of the label is likeliest",
    ScoreKind.CLUSTER: "which group of similar ones somebody belongs to",
}
_BASELINES: Mapping[str, str] = {
    "prior": "everybody has the share of the training rows",
    "mean": "everybody has the mean of the training rows",
    "median": "everybody has the median of the training rows",
    "majority": "everybody has the most frequent value of the training rows",
    "last_period": "everybody does what they did last, as far as it was known by then",
    "shuffled": "clusters of the same columns, each shuffled for itself",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: its name and what stands in its columns."""

    name: str
    cells: tuple[str, ...]
    strong: bool = False


def markdown_card(header: Header, trained: Trained) -> str:
    """The card as Markdown."""
    environment = _environment(autoescape=False)
    environment.filters["text"] = _plain_text
    environment.filters["code"] = _code
    return _rendered(environment, "card.md.j2", header, trained)


def html_card(header: Header, trained: Trained) -> str:
    """The card as one HTML page, with its plots inside."""
    environment = _environment(autoescape=True)
    validation, charts = trained.report.validation, {}
    if validation is not None and validation.groups:
        is_share = header.kind is ScoreKind.PROBABILITY
        chart = calibration_chart if is_share else lift_chart
        charts["groups"] = Markup(chart(validation.groups))
    if validation is not None and any(one.loss > 0 for one in validation.importance):
        charts["importance"] = Markup(importance_chart(validation.importance))
    return _rendered(environment, "card.html.j2", header, trained, charts=charts)


def _environment(*, autoescape: bool) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=autoescape,
    )


def _rendered(
    environment: ImmutableSandboxedEnvironment,
    template: str,
    header: Header,
    trained: Trained,
    **more: Any,
) -> str:
    text = files(__package__).joinpath(template).read_text("utf-8")
    report = trained.report
    return environment.from_string(text).render(
        header=header,
        report=report,
        origin=report.origin,
        validation=report.validation,
        kind=header.kind,
        article="An" if header.kind is ScoreKind.AMOUNT else "A",
        says=_SAYS[header.kind],
        verdict=_verdict(report),
        how=_how(report),
        baselines=_baselines(report.validation),
        metrics=list(_metrics(report.validation)),
        groups=list(_groups(header.kind, report.validation)),
        residuals=_residuals(header.kind, report.validation),
        importance=list(_importance(report.validation)),
        confusion=_confusion(header, report.validation),
        rows=list(_rows(header.kind, report)),
        seen=[_seen(one) for one in report.seen],
        scores=_seen(report.scores),
        estimator=_estimator(report),
        form=_form(trained),
        horizon=duration_text(report.origin.horizon),
        instant=show_instant(report.origin.as_of),
        **more,
    )


def _verdict(report: Report) -> str:
    validation = report.validation
    if validation is None:
        return "It could not be judged: there were no rows to judge it by."
    title = TITLES[validation.deciding]
    metric = next(m for m in validation.metrics if m.name == validation.deciding)
    value = metric_value(metric, metric.value)
    best = _best(metric.baselines, metric.greater_is_better)
    against = f"{metric_value(metric, metric.baselines[best])} of the best baseline ({_name(best)})"
    does = "beats every baseline" if validation.beaten else "does not beat its baseline"
    return f"On rows it has not seen it {does}: {title} {value}, against {against}."


def _best(values: Mapping[str, float], greater_is_better: bool) -> str:
    choose = max if greater_is_better else min
    return choose(values, key=lambda name: values[name])


def _name(baseline: str) -> str:
    return baseline.replace("_", " ")


def _how(report: Report) -> str:
    rows, entity = report.rows, report.origin.entity
    if rows.test is None or report.validation is None:
        return "No rows were held out."
    if report.validation.how == "time":
        return (
            f"It was judged by the {rows.test.rows:,} rows of the latest snapshots "
            f"({_dates(rows.test)}), which it was not made of. Rows whose outcome lies in that "
            "time were left out of training."
        )
    return (
        f"It was judged by the {rows.test.rows:,} rows of {rows.test.entities:,} {entity}s who "
        "were kept out of training, at the same snapshots."
    )


def _baselines(validation: Validation | None) -> list[tuple[str, str]]:
    if validation is None:
        return []
    names = validation.metrics[0].baselines
    return [(_name(name), _BASELINES.get(name, "")) for name in names]


def _metrics(validation: Validation | None) -> Iterator[Row]:
    for metric in () if validation is None else validation.metrics:
        assert validation is not None
        cells = [metric_value(metric, metric.value), metric_interval(metric)]
        cells += [metric_value(metric, value) for value in metric.baselines.values()]
        better = "greater is better" if metric.greater_is_better else "less is better"
        decides = metric.name == validation.deciding
        title = TITLES.get(metric.name, metric.name)
        yield Row(f"{title} ({better})", tuple(cells), decides)


def _groups(kind: ScoreKind, validation: Validation | None) -> Iterator[tuple[str, ...]]:
    for group in () if validation is None else validation.groups:
        bounds = ""
        if group.low is not None and group.high is not None:
            bounds = f"{score_value(kind, group.low)} to {score_value(kind, group.high)}"
        yield (
            f"{group.rows:,}",
            score_value(kind, group.predicted),
            score_value(kind, group.observed),
            bounds,
        )


def _residuals(kind: ScoreKind, validation: Validation | None) -> list[str]:
    """Quantiles of what came less what was foretold, in words; of truths they say nothing."""
    if validation is None or kind is ScoreKind.PROBABILITY:
        return []
    return [
        f"{score_value(kind, abs(value))} {'below' if value < 0 else 'above'}"
        for value in validation.residuals
    ]


def _importance(validation: Validation | None) -> Iterator[tuple[str, str, str]]:
    for one in () if validation is None else validation.importance:
        yield one.feature, figure(one.loss), figure(one.deviation)


def _confusion(header: Header, validation: Validation | None) -> list[Row]:
    if validation is None or len(validation.confusion) != len(header.classes):
        return []
    return [
        Row(name, tuple(f"{count:,}" for count in counts))
        for name, counts in zip(header.classes, validation.confusion, strict=True)
    ]


def _rows(kind: ScoreKind, report: Report) -> Iterator[Row]:
    """What became of the rows, part by part."""
    rows = report.rows
    parts = (("made of", rows.fit), ("calibrated by", rows.calibration), ("judged by", rows.test))
    for name, part in parts:
        if part is not None:
            mean = "" if part.mean is None else score_value(kind, part.mean)
            yield Row(name, (f"{part.rows:,}", f"{part.entities:,}", _dates(part), mean))
    for name, number in (
        ("left out: outcome not known yet", rows.censored),
        ("left out: outcome lies in the time of the test", rows.purged),
        ("left out: without an outcome", rows.unlabelled),
    ):
        if number:
            yield Row(name, (f"{number:,}", "", "", ""))


def _dates(part: Part) -> str:
    days = [show_instant(at)[:10] for at in part.snapshots]
    if len(days) <= 2:
        return ", ".join(days)
    return f"{len(days)}, {days[0]} to {days[-1]}"


def _seen(seen: Seen) -> Row:
    """How something was distributed: what is missing, and where most of it lies."""
    missing = f"{seen.missing:.1%}"
    if isinstance(seen, NumberSeen):
        return Row(
            seen.name, (missing, _quantile(seen, 0.1), _quantile(seen, 0.5), _quantile(seen, 0.9))
        )
    shown = [f"{value} {share:.0%}" for value, share in zip(seen.values, seen.shares, strict=True)]
    others = [f"others {seen.other:.0%}"] if seen.other > 0 else []
    return Row(seen.name, (missing, ", ".join([*shown[:5], *others]), "", ""))


def _quantile(seen: NumberSeen, wanted: float) -> str:
    """The edge up to which at least a share of the values lie."""
    total = 0.0
    for edge, share in zip(seen.edges, seen.shares, strict=False):
        total += share
        if total >= wanted - 1e-9:
            return figure(edge)
    return figure(seen.edges[-1]) if seen.edges else "–"


def _estimator(report: Report) -> str:
    origin = report.origin
    declared = ESTIMATORS.get(origin.estimator)
    order = list(declared.defaults) if declared is not None else []
    given = sorted(origin.parameters.items(), key=lambda item: (*order, item[0]).index(item[0]))
    settings = {**dict(given), "seed": origin.seed}
    written = ", ".join(
        f"{name} = {str(value).lower() if isinstance(value, bool) else value}"
        for name, value in settings.items()
    )
    return f"{origin.estimator}({written})"


def _form(trained: Trained) -> str:
    """How large the model is, in words."""
    model = trained.model
    columns = f"{count(len(model.columns), 'column')} of {count(len(model.features), 'feature')}"
    calibration = _calibration(model.calibration)
    if isinstance(model.function, Trees):
        nodes = sum(len(tree.column) for tree in model.function.trees)
        return f"{len(model.function.trees):,} trees, {nodes:,} nodes, {columns}{calibration}"
    return f"{columns}{calibration}"


def _calibration(calibration: Calibration | None) -> str:
    if calibration is None:
        return ""
    if isinstance(calibration, Isotonic):
        return f"; isotonic calibration through {len(calibration.x)} points"
    return "; sigmoid calibration"


def _plain_text(text: str) -> str:
    """A text of a rule inside Markdown, with nothing in it that Markdown would read."""
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]<>#|!" else c for c in text)
    return " ".join(escaped.split())


def _code(text: str) -> str:
    """A text as code inside a table of Markdown."""
    return "`" + " ".join(text.replace("`", "'").replace("|", "\\|").split()) + "`"
