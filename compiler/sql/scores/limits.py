"""Which models a query of an engine can compute, and which it reads from the table of scores."""

from segue.compiler.plan.nodes import Scored
from segue.compiler.scores.library import Models
from segue.compiler.scores.model import Centroids, Linear, Model, Trees
from segue.compiler.scores.scorer import model_of
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.scores.forests import count_nodes

MOST_COLUMNS = 500
"""An engine may have no more than some thousand columns in a step."""


def size(model: Model) -> int:
    """How long a model is as an expression: nodes of trees, or products."""
    match model.function:
        case Trees(start=outputs) as function:
            return count_nodes(function) * len(outputs)
        case Linear(intercepts=outputs):
            return len(outputs) * len(model.columns)
        case Centroids(centroids=centroids):
            return len(centroids) * len(model.columns)


def excess(dialect: Dialect, model: Model) -> str | None:
    """In which way a model is too large for a query of an engine; None where it is not."""
    if len(model.columns) > MOST_COLUMNS:
        return f"{len(model.columns)} columns, and {MOST_COLUMNS} are the most"
    found = size(model)
    if found > dialect.largest_model:
        what = "nodes" if isinstance(model.function, Trees) else "products"
        return f"{found} {what}, and {dialect.largest_model} are the most on {dialect.title}"
    return None


def reads_table(dialect: Dialect, models: Models, scored: Scored) -> bool:
    """Whether a query reads a score from the table instead of computing it."""
    if scored.serve == "auto":
        return not scored.digest or excess(dialect, model_of(models, scored)) is not None
    return scored.serve == "table"


def reason(dialect: Dialect, models: Models, scored: Scored) -> str:
    """Where a query finds a score, and why there, in words."""
    if scored.serve == "table":
        return "read from the table of scores, as its rule says"
    if not reads_table(dialect, models, scored):
        return f"computed by the query, with version {scored.version} of the model"
    if not scored.digest:
        return "read from the table of scores: there is no model here"
    found = excess(dialect, model_of(models, scored))
    return f"read from the table of scores: its model has {found}"
