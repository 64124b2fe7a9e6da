"""What is known of how a model came about and how good it is; it stands in the model's file.

Nothing here tells of one entity: counts, shares and quantiles over many, and names of categories
that at least `FEWEST` entities share.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

FEWEST = 10
"""How many entities a group must have before anything is said of it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """From what a model was made. Texts are as the rules write them; times in microseconds.

    `ruleset` is the fingerprint of rules and catalog, `library` what fitted the model.
    """

    ruleset: str
    entity: str
    segue: str
    library: str
    estimator: str
    parameters: Mapping[str, int | float | bool]
    seed: int
    label: str
    among: str
    as_of: int
    horizon: int
    timezone: str


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows: how many, of how many entities, at which snapshots (microseconds).

    `mean` is that of the label, the share of trues for a probability; None for names.
    """

    rows: int
    entities: int
    snapshots: tuple[int, ...]
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """What became of the rows: `fit` made the model, `calibration` corrected it, `test` judged it.

    `purged` rows were left out of the fit because their label looks into the time of the test.
    """

    fit: Part
    calibration: Part | None
    test: Part | None
    purged: int
    censored: int
    unlabelled: int


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of the test rows, with its 95% interval, and what each baseline reaches."""

    name: str
    value: float
    low: float | None
    high: float | None
    greater_is_better: bool
    baselines: Mapping[str, float]

    def beats(self, baseline: float) -> bool:
        """Whether the value is better than that of a baseline."""
        return self.value > baseline if self.greater_is_better else self.value < baseline


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of like prediction: their share of all, and the means of prediction and label."""

    rows: int
    predicted: float
    observed: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Importance:
    """How much worse the deciding metric becomes when a feature's values are shuffled."""

    feature: str
    loss: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Validation:
    """How good the model is on rows that it has not seen.

    `how` is `time` or `entities`; `deciding` names the metric that must be better than that of
    every baseline, `beaten` says whether it is. `gain` is how much better than the best one,
    with its interval. `groups` are the rows by rising prediction (calibration curve and lift);
    `residuals` the quantiles of label less prediction, at 5, 25, 50, 75 and 95%.
    """

    how: str
    deciding: str
    metrics: tuple[Metric, ...]
    beaten: bool
    gain: float
    gain_low: float | None
    gain_high: float | None
    groups: tuple[Group, ...]
    residuals: tuple[float, ...]
    importance: tuple[Importance, ...]
    confusion: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class NumberSeen:
    """How a number was distributed: the shares of values up to each of `edges`, and beyond."""

    name: str
    missing: float
    edges: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TextSeen:
    """How a text was distributed: the shares of its frequent values, and of `other` ones."""

    name: str
    missing: float
    values: tuple[str, ...]
    shares: tuple[float, ...]
    other: float


Seen = NumberSeen | TextSeen


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. `validation` is None where there was nothing to test on.

    `seen` are the features as they were in training, and `scores` the scores: what drift is
    measured against. `forced` says that the model was kept although it beats no baseline, and
    `remarks` what else whoever uses it should know.
    """

    title: str
    origin: Origin
    rows: Rows
    validation: Validation | None
    seen: tuple[Seen, ...]
    scores: Seen
    forced: bool = False
    remarks: tuple[str, ...] = ()
    classes: Mapping[str, int] = field(default_factory=dict)


def faults(report: Report) -> Iterator[tuple[str, str]]:
    """What is wrong with a report that nothing but its types was asked of, and where."""
    rows = report.rows
    for name, part in (("fit", rows.fit), ("calibration", rows.calibration), ("test", rows.test)):
        for at in () if part is None else part.snapshots:
            if not _is_instant(at):
                yield f"report.rows.{name}.snapshots", f"{at} is no instant"
    if not _is_instant(report.origin.as_of):
        yield "report.origin.as_of", f"{report.origin.as_of} is no instant"
    for seen in (*report.seen, report.scores):
        expected = len(seen.values) if isinstance(seen, TextSeen) else len(seen.edges) + 1
        if len(seen.shares) != expected:
            yield "report.seen", f"`{seen.name[:40]}` must have {expected} shares"
    if report.validation is not None:
        yield from _validation_faults(report.validation)


def _validation_faults(validation: Validation) -> Iterator[tuple[str, str]]:
    place = "report.validation"
    metrics = {metric.name: metric for metric in validation.metrics}
    if validation.deciding not in metrics:
        yield f"{place}.deciding", "it names no metric"
        return
    known = metrics[validation.deciding].baselines.keys()
    if not known or any(metric.baselines.keys() != known for metric in validation.metrics):
        yield f"{place}.metrics", "each must have the same baselines, and there must be one"
    if len(validation.residuals) not in (0, 5):
        yield f"{place}.residuals", "there must be five"
    if any(len(row) != len(validation.confusion) for row in validation.confusion):
        yield f"{place}.confusion", "it must be a square"


def _is_instant(microseconds: int) -> bool:
    """Whether a year of four digits has this instant."""
    return -62_135_596_800_000_000 <= microseconds < 253_402_300_800_000_000
