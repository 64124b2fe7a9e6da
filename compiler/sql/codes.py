"""The kinds of finding about the SQL of an engine."""

from segue.grammar.codes import Code

NOT_ON_THIS_ENGINE = Code(
    "SEG095",
    "a rule that an engine cannot run",
    "The rule has one meaning everywhere, and this engine has no way to compute it. Nothing is "
    "changed in silence: no SQL is written for it. The help says the nearest way round.",
    "count(cart_add followed by purchase where purchase.amount > cart_add.amount) …",
)

CODES = (NOT_ON_THIS_ENGINE,)
