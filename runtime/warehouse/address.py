"""`scheme://user:password@host:port/database?option=value`, taken apart for a driver."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from segue.runtime.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Form:
    """What the addresses of an engine look like: `schemes`, the first of them the usual one, the
    port of those that name none, and what may stand after `?`."""

    title: str
    schemes: Sequence[str]
    port: int
    options: Sequence[str]


@dataclass(frozen=True, slots=True)
class Address:
    """A server and a database of it; whom it knows takes no part in `repr`."""

    host: str
    port: int
    database: str
    user: str = field(repr=False)
    password: str = field(repr=False)
    options: Mapping[str, str] = field(repr=False)


def read_address(dsn: str, form: Form) -> Address:
    """The parts of an address; raises `Refusal`, without a word of what is written."""
    try:
        parts = urlsplit(dsn)
        host, port = parts.hostname, parts.port or form.port
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise _unreadable(form) from None
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in form.schemes or not database or "@" in database or "/" in database:
        raise _unreadable(form)
    unknown = sorted(set(options) - set(form.options))
    if parts.fragment or any("@" in name for name in unknown):
        # `#` or `?` of a password.
        raise _unreadable(form)
    if unknown:
        raise Refusal(
            f"the address of the {form.title} server has no option `{unknown[0]}`",
            f"there are {', '.join(form.options)}",
        )
    return Address(
        host or "localhost",
        port,
        database,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        options,
    )


def _unreadable(form: Form) -> Refusal:
    return Refusal(
        f"the address of the {form.title} server cannot be read",
        f"write {form.schemes[0]}://user:password@host:port/database; in a password `@` is %40, "
        "`:` %3A, `/` %2F, `#` %23, `?` %3F, `%` %25 and a blank %20",
    )
