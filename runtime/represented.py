"""Columns of Arrow tables in the representations that the plan computes with."""

from typing import TYPE_CHECKING, Any

from segue.compiler.python.access import input_reader
from segue.compiler.python.inputs import Input
from segue.compiler.types import FLOATS, INTEGERS, TEXTS, Kind

if TYPE_CHECKING:
    import pyarrow

GREATEST = 2**63 - 1


def represented(values: "pyarrow.Table", input: Input) -> tuple[Any, frozenset[int]]:
    """A column of the representations of an input, its default standing in.

    Beside it the rows whose value has none: a text where a number belongs, or a number that
    does not fit 64 bits.
    """
    import pyarrow
    import pyarrow.compute as compute

    target = arrow_type(input.type.kind)
    if input.name not in values.column_names:
        return pyarrow.array([input.default] * values.num_rows, target), frozenset()
    found = values[input.name]
    if pyarrow.types.is_dictionary(found.type):
        found = found.cast(found.type.value_type)
    try:
        whole = _whole_column(found, input, target)
    except pyarrow.ArrowInvalid:  # Some value does not fit.
        whole = None
    if whole is None:
        return _value_by_value(found, input, target)
    if input.default is not None:
        whole = compute.fill_null(whole, input.default)
    return whole, frozenset()


def _value_by_value(found: Any, input: Input, target: Any) -> tuple[Any, frozenset[int]]:
    import pyarrow

    read, whole = input_reader(input), input.type.kind in INTEGERS
    rows: list[Any] = []
    unread: set[int] = set()
    for place, value in enumerate(found.to_pylist()):
        try:
            rows.append(_within(read(value)) if whole else read(value))
        except (TypeError, ValueError):
            rows.append(None)
            unread.add(place)
    return pyarrow.array(rows, target), frozenset(unread)


def _whole_column(found: Any, input: Input, target: Any) -> Any:
    """The column converted at once, or None where only value by value is right."""
    import pyarrow
    import pyarrow.compute as compute

    types, kind = pyarrow.types, input.type.kind
    is_number = types.is_integer(found.type) and not types.is_uint64(found.type)
    if kind is Kind.BOOL and types.is_boolean(found.type):
        return found
    if kind in TEXTS and (types.is_string(found.type) or types.is_large_string(found.type)):
        return found.cast(target)
    if kind is Kind.INT and is_number:
        return found.cast(target)
    if kind is Kind.DECIMAL and is_number:
        return compute.multiply_checked(found.cast(target), 10**input.type.scale)
    if kind in FLOATS and (is_number or types.is_floating(found.type)):
        doubles = found.cast(target, safe=False)
        return compute.if_else(compute.is_finite(doubles), doubles, pyarrow.scalar(None, target))
    if kind is Kind.DATE and types.is_date32(found.type):
        return found.cast(pyarrow.int32()).cast(target)
    if kind is Kind.TIMESTAMP and types.is_timestamp(found.type) and found.type.unit != "ns":
        return found.cast(pyarrow.timestamp("us", found.type.tz)).cast(target)
    if kind is Kind.DURATION and types.is_duration(found.type) and found.type.unit != "ns":
        return found.cast(pyarrow.duration("us")).cast(target)
    return None


def arrow_type(kind: Kind) -> Any:
    """The Arrow type of the representations of a kind."""
    import pyarrow

    if kind is Kind.BOOL:
        return pyarrow.bool_()
    if kind in FLOATS:
        return pyarrow.float64()
    return pyarrow.string() if kind in TEXTS else pyarrow.int64()


def _within(value: Any) -> Any:
    """An infinity given for an exact number, as the number beyond all others.

    Raises `ValueError` for a number that does not fit 64 bits.
    """
    if value in (float("inf"), -float("inf")):
        return max(-GREATEST, min(value, GREATEST))
    if value is not None and abs(value) > GREATEST:
        raise ValueError(f"{value} does not fit 64 bits")
    return value
