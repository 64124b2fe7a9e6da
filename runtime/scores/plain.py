"""Dataclasses as JSON data, and JSON data as dataclasses: strictly, by their type hints.

What is read may come from anybody. So every value must be of the very type that the hint says,
every number finite, every field there and no other; and what is made is data, never code.

    a dataclass              an object with its fields
    one of several           the same, with the name of the class under "is"
    tuple[X, ...]            a list
    Mapping[str, X]          an object
    an enum                  its value
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

TAG = "is"

_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


class Unfit(Exception):
    """JSON data that is not what it should be; `place` says where, as in `trees[3].left[7]`."""

    def __init__(self, place: str, message: str) -> None:
        self.place = place
        self.message = message
        super().__init__(f"{place}: {message}" if place else message)


def to_plain(value: Any, hint: Any = None) -> Any:
    """A value as JSON data; `hint` is its declared type, by default its own class."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        made: Any = type(value)
        hints = _hints(made)
        data = {f.name: to_plain(getattr(value, f.name), hints[f.name]) for f in fields(value)}
        return {TAG: made.__name__, **data} if len(_classes(hint)) > 1 else data
    if isinstance(value, tuple):
        item = _parts(hint)[0]
        return list(value) if item in _WORDS else [to_plain(part, item) for part in value]
    if isinstance(value, Mapping):
        item = _parts(hint)[1]
        return {key: to_plain(part, item) for key, part in value.items()}
    return value


def from_plain(hint: Any, data: Any, place: str = "") -> Any:
    """The value of a declared type that JSON data stands for; raises `Unfit`."""
    return _reader(hint)(data, place)


Reader = Callable[[Any, str], Any]


@lru_cache(maxsize=256)
def _reader(hint: Any) -> Reader:
    """What reads a type. Made once, when first needed: reading a large model is only calls."""
    if hint in _WORDS:
        return _scalar(hint)
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _either(hint)
    if origin is tuple:
        (item, _) = get_args(hint)
        return _numbers(item) if item in _WORDS else _list(item)
    if origin is not None and issubclass(origin, Mapping):
        return _object(get_args(hint)[1])
    if is_dataclass(hint):
        return _fields(hint)
    assert issubclass(hint, Enum), hint
    return _enum(hint)


def _scalar(kind: Any) -> Reader:
    def read(data: Any, place: str) -> Any:
        if type(data) is not kind:
            raise Unfit(place, f"expected {_WORDS[kind]}, found {_shown(data)}")
        if kind is float and not isfinite(data):
            raise Unfit(place, "expected a number, found one beyond the range of doubles")
        return data

    return read


def _numbers(kind: Any) -> Reader:
    """Many values of one type, looked at all at once."""
    one = _scalar(kind)

    def read(data: Any, place: str) -> Any:
        _check_is(list, data, place)
        fits = all(type(part) is kind for part in data)
        if not fits or (kind is float and not all(map(isfinite, data))):
            for i, part in enumerate(data):
                one(part, f"{place}[{i}]")
        return tuple(data)

    return read


def _list(item: Any) -> Reader:
    def read(data: Any, place: str) -> Any:
        _check_is(list, data, place)
        one = _reader(item)
        return tuple(one(part, f"{place}[{i}]") for i, part in enumerate(data))

    return read


def _object(item: Any) -> Reader:
    def read(data: Any, place: str) -> Any:
        _check_is(dict, data, place)
        one = _reader(item)
        return {key: one(part, _inside(place, key)) for key, part in data.items()}

    return read


def _fields(made: Any) -> Reader:
    hints = _hints(made)
    names = [field.name for field in fields(made)]

    def read(data: Any, place: str) -> Any:
        _check_is(dict, data, place)
        for name in names:
            if name not in data:
                raise Unfit(place, f"there is no `{name}`")
        for name in data:
            if name not in hints:
                raise Unfit(place, f"there is no place for `{name[:40]}` here")
        return made(
            **{name: _reader(hints[name])(data[name], _inside(place, name)) for name in names}
        )

    return read


def _either(hint: Any) -> Reader:
    """None or a scalar, or one of several classes by its tag."""
    classes = _classes(hint)
    scalars = {kind: _scalar(kind) for kind in get_args(hint) if kind in _WORDS}
    others = [kind for kind in get_args(hint) if get_origin(kind) is not None]
    optional = NoneType in get_args(hint)

    def read(data: Any, place: str) -> Any:
        if data is None and optional:
            return None
        if type(data) in scalars:
            return scalars[type(data)](data, place)
        if others:
            return _reader(others[0])(data, place)
        if not classes:
            found = " or ".join(_WORDS[kind] for kind in scalars)
            raise Unfit(place, f"expected {found}, found {_shown(data)}")
        _check_is(dict, data, place)
        if len(classes) == 1:
            return _reader(next(iter(classes.values())))(data, place)
        tag = data.get(TAG)
        if not isinstance(tag, str) or tag not in classes:
            known = ", ".join(f'"{name}"' for name in classes)
            raise Unfit(_inside(place, TAG), f"expected one of {known}, found {_shown(tag)}")
        rest = {name: part for name, part in data.items() if name != TAG}
        return _reader(classes[tag])(rest, place)

    return read


def _enum(kind: type[Enum]) -> Reader:
    known = {member.value: member for member in kind}

    def read(data: Any, place: str) -> Any:
        if not isinstance(data, str) or data not in known:
            names = ", ".join(f'"{name}"' for name in known)
            raise Unfit(place, f"expected one of {names}, found {_shown(data)}")
        return known[data]

    return read


def _parts(hint: Any) -> tuple[Any, ...]:
    """What a list or an object holds, where the declared type may also be None."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (part for part in get_args(hint) if get_origin(part) is not None)
    return get_args(hint)


def _classes(hint: Any) -> dict[str, Any]:
    """The dataclasses among which a declared type leaves the choice, by name."""
    parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return {part.__name__: part for part in parts if is_dataclass(part) and isinstance(part, type)}


@lru_cache(maxsize=64)
def _hints(made: type) -> Mapping[str, Any]:
    return get_type_hints(made)


def _check_is(kind: type, data: Any, place: str) -> None:
    if type(data) is not kind:
        expected = "a list" if kind is list else "an object"
        raise Unfit(place, f"expected {expected}, found {_shown(data)}")


def _inside(place: str, name: str) -> str:
    return f"{place}.{name[:40]}" if place else name[:40]


def _shown(data: Any) -> str:
    """What was found, in words that are never long."""
    if data is None:
        return "null"
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, list | dict):
        return "a list" if isinstance(data, list) else "an object"
    if isinstance(data, str):
        return f'"{data[:40]}…"' if len(data) > 40 else f'"{data}"'
    return f"{data:g}" if isinstance(data, float) else str(data) if data < 10**20 else "a huge one"
