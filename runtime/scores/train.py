"""From a score's definition and a warehouse to a model that has been judged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.scores.model import DAY_UNIT, Model, ScoreKind
from segue.grammar.unparse import unparse
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import Ruleset
from segue.runtime.scores.artefact import Trained
from segue.runtime.scores.calibrate import calibrate
from segue.runtime.scores.clusters import evaluate_clusters
from segue.runtime.scores.drift import see, see_number, see_text
from segue.runtime.scores.evaluate import calibration_error, evaluate
from segue.runtime.scores.extra import library
from segue.runtime.scores.fit import check_rows, fit
from segue.runtime.scores.gather import gather
from segue.runtime.scores.machine import Machine
from segue.runtime.scores.report import FEWEST, Origin, Part, Report, Rows, Seen, Validation
from segue.runtime.scores.split import Split, split
from segue.runtime.scores.training_set import TrainingSet
from segue.runtime.warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array

Tell = Callable[[str], None]

FEW_ROWS = 200
FEW_TRUES = 20
FAR_OFF = 0.05
MOVED_LABEL = 1.5
"""How many times more frequent a label must become before it is worth a remark."""


@dataclass(frozen=True, slots=True)
class Training:
    """A model that was trained and judged, and is not kept yet."""

    definition: ScoreDefinition
    trained: Trained

    @property
    def is_good(self) -> bool:
        """Whether it beats every baseline on rows that it has not seen."""
        validation = self.trained.report.validation
        return validation is not None and validation.beaten

    @property
    def forced(self) -> Trained:
        """The model, with a report that says that it was kept all the same."""
        return replace(self.trained, report=replace(self.trained.report, forced=True))


def check_libraries() -> None:
    """Raises `Refusal` where what trains scores is not installed."""
    for name in ("numpy", "pyarrow", "scipy", "sklearn"):
        library(name)


def train_score(
    warehouse: Warehouse,
    ruleset: Ruleset,
    definition: ScoreDefinition,
    as_of: int,
    tell: Tell = lambda step: None,
) -> Training:
    """Trains a score as of an instant in microseconds; nothing is written.

    Raises `Refusal` where there is nothing to learn from.
    """
    tell(f"{definition.name}: reading the past")
    training = gather(warehouse, ruleset.plan, definition, as_of)
    return train_on(ruleset, definition, training, as_of, tell)


def train_on(
    ruleset: Ruleset,
    definition: ScoreDefinition,
    training: TrainingSet,
    as_of: int,
    tell: Tell = lambda step: None,
) -> Training:
    """Trains a score on rows that were read before."""
    check_rows(definition, training)
    parts = split(definition, training, as_of)
    tell(f"{definition.name}: fitting {parts.fit.rows:,} rows")
    fitted = fit(definition, parts.fit)
    model = fitted.model
    if definition.calibrate is not None and parts.calibration is not None:
        model = calibrate(model, definition.calibrate, parts.calibration)
    tell(f"{definition.name}: judging by {parts.test.rows:,} rows")
    validation = (
        evaluate_clusters(definition, model, parts)
        if definition.kind is ScoreKind.CLUSTER
        else evaluate(definition, model, training, parts)
    )
    scores = Machine(model).scores(parts.fit.columns)
    report = Report(
        title=definition.title,
        origin=_origin(ruleset, definition, as_of),
        rows=_rows(definition, training, parts),
        validation=validation,
        seen=see(parts.fit),
        scores=see_scores(model, scores, parts.fit.keys),
        remarks=tuple(_remarks(definition, parts, validation, fitted.warnings)),
        classes=_classes(model, scores, parts.fit),
    )
    return Training(definition, Trained(model, report))


def see_scores(model: Model, scores: "Array", keys: "Array") -> Seen:
    """How scores are distributed: durations in days."""
    if model.classes:
        return see_text("score", scores, keys)
    return see_number("score", scores / DAY_UNIT if model.kind is ScoreKind.DURATION else scores)


def _origin(ruleset: Ruleset, definition: ScoreDefinition, as_of: int) -> Origin:
    source = definition.source
    return Origin(
        ruleset=ruleset.fingerprint,
        entity=ruleset.plan.catalog.entity.name,
        segue=_segue_version(),
        library=f"scikit-learn {library('sklearn').__version__}",
        estimator=definition.estimator,
        parameters=dict(sorted(definition.parameters.items())),
        seed=definition.seed,
        label="" if source.predict is None else unparse(source.predict),
        among="" if source.among is None else unparse(source.among),
        as_of=as_of,
        horizon=definition.horizon,
        timezone=ruleset.plan.catalog.timezone,
    )


def _segue_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("segue-lang")
    except PackageNotFoundError:
        return "unknown"


def _rows(definition: ScoreDefinition, training: TrainingSet, parts: Split) -> Rows:
    return Rows(
        fit=_part(definition, parts.fit),
        calibration=None if parts.calibration is None else _part(definition, parts.calibration),
        test=_part(definition, parts.test) if parts.test.rows else None,
        purged=parts.purged,
        censored=training.censored,
        unlabelled=training.unlabelled,
    )


def _part(definition: ScoreDefinition, rows: TrainingSet) -> Part:
    import numpy

    named = definition.kind in (ScoreKind.CLASS, ScoreKind.CLUSTER)
    mean = None if named or rows.label is None or not rows.rows else float(rows.label.mean())
    entities = len(numpy.unique(rows.keys))
    return Part(rows.rows, entities, tuple(sorted(set(rows.at.tolist()))), mean)


def _classes(model: Model, scores: "Array", fit_rows: TrainingSet) -> dict[str, int]:
    """How many rows of the fit have each class: by label, or, of clusters, by score."""
    given = fit_rows.label if model.kind is ScoreKind.CLASS else scores
    if not model.classes or given is None:
        return {}
    counts = {name: int((given == name).sum()) for name in sorted(model.classes)}
    return {name: count for name, count in counts.items() if count >= FEWEST}


def _remarks(
    definition: ScoreDefinition,
    parts: Split,
    validation: Validation | None,
    warned: tuple[str, ...],
) -> Iterator[str]:
    """What whoever uses the model should know, beyond its figures."""
    test = parts.test
    if validation is None:
        yield "There is nothing to judge it by: too few rows were held out, or all came out alike."
    elif not validation.beaten:
        yield "It does not beat its baseline."
    elif validation.gain_low is None or validation.gain_low <= 0:
        yield "It beats its baseline by no more than chance may explain."
    yield from _moved_label(definition, parts)
    if validation is not None and definition.kind is ScoreKind.PROBABILITY:
        off = calibration_error(validation.groups)
        if off >= FAR_OFF:
            yield (
                f"Its probabilities are off by {off:.1%} on average: it ranks, but a threshold in "
                "percent does not mean what it says. `calibrate isotonic` may help."
            )
    if test.rows < FEW_ROWS:
        yield f"It was judged by {test.rows:,} rows only, so its figures are rough."
    elif definition.kind is ScoreKind.PROBABILITY and test.label is not None:
        rarer = int(min(test.label.sum(), test.rows - test.label.sum()))
        if rarer < FEW_TRUES:
            yield f"Of the rows that judged it, {rarer} came out other than the rest."
    if definition.parameters.get("balanced") and definition.calibrate is None:
        yield "It was trained with `balanced`: it ranks, and its probabilities are too high."
    for warning in warned:
        yield f"scikit-learn says: {warning}"


def _moved_label(definition: ScoreDefinition, parts: Split) -> Iterator[str]:
    """Says where the rows of the test came out unlike those that the model was made of."""
    before, after = parts.fit.label, parts.test.label
    if definition.kind is not ScoreKind.PROBABILITY or before is None or after is None:
        return
    if not len(after):
        return
    then, now = float(before.mean()), float(after.mean())
    if max(then, now) > MOVED_LABEL * min(then, now):
        yield (
            f"The label was true in {then:.1%} of the rows it was made of and in {now:.1%} of "
            "those that judged it: what it learnt from is unlike what came after."
        )


def definitions_of(ruleset: Ruleset, names: tuple[str, ...]) -> list[ScoreDefinition]:
    """The scores of a ruleset with these names, by default all; raises `Refusal`."""
    from segue.grammar.suggestions import did_you_mean

    known = ruleset.plan.scores
    if not known:
        raise Refusal(
            "there are no scores in these rules",
            "write one, as in\n  score churn_risk: probability {\n"
            "    predict not exists(activity over next 30d)\n    from …\n  }",
        )
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
            raise Refusal(f"there is no score `{name}`", hint)
    return [known[name] for name in names or known]
