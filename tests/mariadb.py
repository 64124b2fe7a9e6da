"""One MariaDB server for all tests of a process, where the machine has its program.

Or a server that is there already: SEGUE_MYSQL is the socket of a MySQL or MariaDB in which root
has no password, and whose databases `shop_1`, `shop_2`, … and `segue` are the tests' own. They
are run by one process, then. A MySQL of 9.6 or later needs its `component_classic_hashing`.
"""

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

PROGRAMS = ("mariadb-install-db", "mariadbd", "my_print_defaults")
FOLDERS = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
ALONE = ("--skip-networking", "--innodb-flush-method=fsync")
SECONDS = 60
NUMBERS = count(1)


def missing() -> str | None:
    """Why there is no server here."""
    if given():
        return None
    absent = [name for name in PROGRAMS if shutil.which(name, path=FOLDERS) is None]
    return f"no MariaDB on this machine: {', '.join(absent)} not found" if absent else None


def given() -> str | None:
    """The socket of a server that is there already."""
    return os.environ.get("SEGUE_MYSQL")


def server() -> str:
    """The socket of the server."""
    return given() or _started()


@cache
def _started() -> str:
    """The socket of a server of our own, which is stopped at the end of the process."""
    install, daemon, _ = (str(shutil.which(name, path=FOLDERS)) for name in PROGRAMS)
    folder = Path(tempfile.mkdtemp(prefix="mariadb-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # It runs as root only when told so by name.
    user = pwd.getpwuid(os.getuid()).pw_name
    data, socket, scratch = folder / "data", folder / "socket", folder / "scratch"
    # A server that starts removes what it finds in a folder of such files: no two may share one.
    scratch.mkdir()
    common = ["--no-defaults", f"--user={user}", f"--datadir={data}"]
    subprocess.run(
        [install, *common, "--auth-root-authentication-method=normal"],
        check=True,
        capture_output=True,
    )
    # No zone of the session may change what an instant means: this one has two hours at once.
    started = subprocess.Popen(
        [daemon, *common, f"--socket={socket}", f"--tmpdir={scratch}", *ALONE],
        env={**os.environ, "TZ": "America/New_York"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    atexit.register(_stop, started)
    deadline = time.monotonic() + SECONDS
    while not socket.exists():
        if started.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("MariaDB did not start")
        time.sleep(0.05)
    return str(socket)


def _stop(started: "subprocess.Popen[bytes]") -> None:
    started.terminate()
    started.wait(SECONDS)


def new_database() -> str:
    """The name of a database that is empty and used by nobody else, on the server."""
    # A new server lets everybody do everything in databases called `test_…`.
    name = f"shop_{next(NUMBERS)}"
    # Neither the collation nor the character set of text may change what it means.
    _do(f"DROP DATABASE IF EXISTS {name}")
    _do(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    return name


@contextmanager
def new_address() -> Iterator[str]:
    """The address of such a database; afterwards it is gone, and the store beside it."""
    name = new_database()
    yield f"mysql://root@localhost/{name}?socket={server()}"
    for database in (name, "segue"):
        _do(f"DROP DATABASE IF EXISTS {database}")


def _do(statement: str) -> None:
    import pymysql

    with pymysql.connect(unix_socket=server(), user="root") as connection:
        connection.cursor().execute(statement)
