"""Text. Strings are sequences of code points; capitals are folded for A to Z only."""

from segue.compiler.operators.declaration import (
    Form,
    Missing,
    Operator,
    Parameter,
    SolverCall,
    signature,
)
from segue.compiler.operators.python_template import python
from segue.compiler.operators.solver_terms import Term
from segue.compiler.types import Kind

FAMILY = "Text"
_TEST = (signature(Kind.STRING, Kind.STRING, Kind.BOOL),)
_CHANGE = (signature(Kind.STRING, Kind.STRING),)


def _known_text(call: SolverCall) -> Term:
    """A function of a text and of constants: the world knows it for the texts it considers."""
    constants = tuple(operand.param for operand in call.expr.args[1:])
    return call.world.call_text(call.expr, constants, call.args[0])


OPERATORS = (
    Operator(
        name="starts with",
        family=FAMILY,
        form=Form.INFIX,
        signatures=_TEST,
        parameters=(Parameter("text"), Parameter("prefix", constant=True)),
        missing=Missing.FALSE,
        doc="The text begins with these characters, capitals as written.",
        example='page starts with "/product"',
        sql=lambda call: call.dialect.starts_with(call.args[0], call.expr.args[1].param),
        python=python("a.startswith(b)"),
        solver=_known_text,
    ),
    Operator(
        name="ends with",
        family=FAMILY,
        form=Form.INFIX,
        signatures=_TEST,
        parameters=(Parameter("text"), Parameter("suffix", constant=True)),
        missing=Missing.FALSE,
        doc="The text ends with these characters, capitals as written.",
        example='lower(email) ends with "@example.com"',
        sql=lambda call: call.dialect.ends_with(call.args[0], call.expr.args[1].param),
        python=python("a.endswith(b)"),
        solver=_known_text,
    ),
    Operator(
        name="contains",
        family=FAMILY,
        form=Form.INFIX,
        signatures=_TEST,
        parameters=(Parameter("text"), Parameter("part", constant=True)),
        missing=Missing.FALSE,
        doc="The text holds these characters somewhere, capitals as written.",
        example='page contains "pricing"',
        sql=lambda call: call.dialect.contains(call.args[0], call.expr.args[1].param),
        python=python("b in a"),
        solver=_known_text,
    ),
    Operator(
        name="matches",
        family=FAMILY,
        form=Form.INFIX,
        signatures=_TEST,
        parameters=(Parameter("text"), Parameter("pattern", constant=True)),
        missing=Missing.FALSE,
        doc=(
            "Some part of the text matches a regular expression; `^` and `$` are the ends of the "
            "text. Only what every engine matches alike and in linear time is allowed: "
            "characters, `.`, classes `[a-z]` `\\d` `\\w` `\\s`, groups, `|`, and the "
            "repetitions `* + ? {n,m}`; no back-references, look-around or flags."
        ),
        example='sku matches "^[A-Z]{2}-[0-9]+$"',
        sql=lambda call: call.dialect.matches(call.args[0], call.expr.args[1].param),
        python=python("pattern(b)(a) is not None"),
        solver=_known_text,
    ),
    Operator(
        name="lower",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=_CHANGE,
        parameters=(Parameter("text"),),
        doc="The text with A to Z as a to z; other letters stay as they are.",
        example="lower(email)",
        sql=lambda call: call.dialect.lower(call.args[0]),
        python=python("ascii_lower(a)"),
        solver=_known_text,
    ),
    Operator(
        name="upper",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=_CHANGE,
        parameters=(Parameter("text"),),
        doc="The text with a to z as A to Z; other letters stay as they are.",
        example="upper(country)",
        sql=lambda call: call.dialect.upper(call.args[0]),
        python=python("ascii_upper(a)"),
        solver=_known_text,
    ),
    Operator(
        name="trim",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=_CHANGE,
        parameters=(Parameter("text"),),
        doc="The text without spaces, tabs and line ends at its ends.",
        example="trim(company)",
        sql=lambda call: call.dialect.trim(call.args[0]),
        python=python("trim(a)"),
        solver=_known_text,
    ),
    Operator(
        name="length",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=(signature(Kind.STRING, Kind.INT),),
        parameters=(Parameter("text"),),
        doc="How many code points the text has.",
        example="length(trim(company)) > 0",
        sql=lambda call: call.dialect.length(call.args[0]),
        python=python("len(a)"),
        solver=_known_text,
    ),
    Operator(
        name="bucket",
        family=FAMILY,
        form=Form.FUNCTION,
        signatures=(
            signature(Kind.STRING, Kind.STRING, Kind.INT, Kind.INT),
            signature(Kind.INT, Kind.STRING, Kind.INT, Kind.INT),
        ),
        parameters=(
            Parameter("key"),
            Parameter("salt", constant=True),
            Parameter("n", constant=True, positive=True),
        ),
        doc=(
            "A number from 0 to n − 1 that depends on the key and the salt alone, the same in "
            "every engine: the first 32 bits of md5(`salt:key`), modulo n. For experiments and "
            "samples."
        ),
        example='bucket(customer_id, "spring_offer", 100) < 50',
        sql=lambda call: call.dialect.bucket(
            call.args[0],
            call.expr.args[0].type,
            call.expr.args[1].param,
            call.expr.args[2].param,
        ),
        python=python("bucket(a, b, c)"),
        solver=_known_text,
    ),
)
