"""`mysql://user:password@host:port/database`, taken apart for PyMySQL."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from segue.runtime.refusal import Refusal

SCHEMES = ("mysql", "mariadb")
OPTIONS: Mapping[str, str] = MappingProxyType(
    {"socket": "unix_socket", "ssl_ca": "ssl_ca", "ssl_cert": "ssl_cert", "ssl_key": "ssl_key"}
)
"""What may stand after `?`, and what PyMySQL calls it."""
PORT = 3306


def read_address(dsn: str) -> dict[str, Any]:
    """The arguments of `pymysql.connect`; raises `Refusal`, without a word of what is written."""
    try:
        parts = urlsplit(dsn)
        host, port = parts.hostname, parts.port or PORT
        given = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise _unreadable() from None
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in SCHEMES or not database or "@" in database or "/" in database:
        raise _unreadable()
    unknown = sorted(set(given) - set(OPTIONS))
    if parts.fragment or any("@" in name for name in unknown):
        # `#` or `?` of a password.
        raise _unreadable()
    if unknown:
        raise Refusal(
            f"the address of the MySQL server has no option `{unknown[0]}`",
            f"there are {', '.join(OPTIONS)}",
        )
    address: dict[str, Any] = {
        "host": host or "localhost",
        "port": port,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "database": database,
        **{OPTIONS[name]: value for name, value in given.items()},
    }
    if "ssl_ca" in given:
        address |= {"ssl_verify_cert": True, "ssl_verify_identity": True}
    return address


def _unreadable() -> Refusal:
    return Refusal(
        "the address of the MySQL server cannot be read",
        "write mysql://user:password@host:port/database; in a password `@` is %40, `:` %3A, "
        "`/` %2F, `#` %23, `?` %3F, `%` %25 and a blank %20",
    )
