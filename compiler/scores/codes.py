"""The kinds of finding about scores that are to be computed."""

from segue.grammar.codes import Code

NOT_TRAINED = Code(
    "SEG087",
    "a score without a model",
    "Rules that use a score can be checked before there is a model of it, but nobody can say "
    "who belongs. `segue train` makes the model.",
    "churn_risk() >= 80%",
)
TOO_LARGE = Code(
    "SEG088",
    "a model that an engine cannot compute",
    "A model becomes part of the statement, and engines limit how long a statement may be. "
    "`serve table within 7d` reads the score instead from the table that `segue score` writes.",
    "score churn_risk: probability { … serve sql }",
)

CODES = (NOT_TRAINED, TOO_LARGE)
