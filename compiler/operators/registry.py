"""Every operator and function of the language, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from segue.compiler.operators import arithmetic, comparison, logic, text, time
from segue.compiler.operators.declaration import Form, Operator

FAMILIES = (logic, comparison, arithmetic, text, time)

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {operator.name: operator for family in FAMILIES for operator in family.OPERATORS}
)

# What `name(…)` may call, aggregates apart.
FUNCTIONS: Mapping[str, Operator] = MappingProxyType(
    {
        name: operator
        for name, operator in OPERATORS.items()
        if operator.form in (Form.FUNCTION, Form.VARIADIC) and name not in ("and", "or")
    }
)
