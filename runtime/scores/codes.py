"""The kinds of finding about the files of trained models."""

from segue.grammar.codes import Code

NO_MODEL = Code(
    "SEG085",
    "a file that is no model",
    "The file of a trained model cannot be read as one: it is truncated, of another version of "
    "Segue, or says what cannot be computed. `segue train` writes these files; train the score "
    "again, or take the file from version control.",
    "",
)
CHANGED_MODEL = Code(
    "SEG086",
    "a model that was changed",
    "The file of a trained model carries a hash of all that it says, and says something else by "
    "now. A model is never edited: train the score again, which makes a new version.",
    "",
)

CODES = (NO_MODEL, CHANGED_MODEL)
