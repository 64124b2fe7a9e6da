"""The kinds of finding about the SQL of an engine."""

from segue.grammar.codes import Code

NOT_ON_THIS_ENGINE = Code(
    "SEG095",
    "a rule that an engine cannot run",
    "The rule has one meaning everywhere, and this engine has no way to compute it. Nothing is "
    "changed in silence: no SQL is written for it. The help says the nearest way round.",
    "count(cart_add followed by purchase where purchase.amount > cart_add.amount) …",
)

TOO_LARGE = Code(
    "SEG096",
    "a statement that is too large for an engine",
    "Engines take statements up to a size, results up to a number of columns. A run and a script "
    "are as many statements as it takes, also for a single segment; a form that is one statement "
    "is refused where it is too large, and so is a single aggregate or list of values that is.",
    "segue compile --dialect athena --as wide, with 5,000 segments …",
)

CODES = (NOT_ON_THIS_ENGINE, TOO_LARGE)
