"""`mysql://user:password@host:port/database`, as PyMySQL is told it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from segue.runtime.warehouse.address import Form, read_address

OPTIONS: Mapping[str, str] = MappingProxyType(
    {"socket": "unix_socket", "ssl_ca": "ssl_ca", "ssl_cert": "ssl_cert", "ssl_key": "ssl_key"}
)
"""What may stand after `?`, and what PyMySQL calls it."""
FORM = Form("MySQL", ("mysql", "mariadb"), 3306, tuple(OPTIONS))


def mysql_arguments(dsn: str) -> dict[str, Any]:
    """The arguments of `pymysql.connect`; raises `Refusal`, without a word of what is written."""
    address = read_address(dsn, FORM)
    arguments: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "user": address.user,
        "password": address.password,
        "database": address.database,
        **{OPTIONS[name]: value for name, value in address.options.items()},
    }
    if "ssl_ca" in address.options:
        arguments |= {"ssl_verify_cert": True, "ssl_verify_identity": True}
    return arguments
