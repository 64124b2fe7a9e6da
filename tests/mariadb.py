"""One MariaDB server for all tests of a process, where the machine has its program."""

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from functools import cache
from itertools import count
from pathlib import Path

PROGRAMS = ("mariadb-install-db", "mariadbd")
FOLDERS = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
SECONDS = 60
NUMBERS = count(1)


def missing() -> str | None:
    """Why there is no server here."""
    absent = [name for name in PROGRAMS if shutil.which(name, path=FOLDERS) is None]
    return f"no MariaDB on this machine: {', '.join(absent)} not found" if absent else None


@cache
def server() -> str:
    """The socket of a server, which is stopped at the end of the process."""
    install, daemon = (str(shutil.which(name, path=FOLDERS)) for name in PROGRAMS)
    folder = Path(tempfile.mkdtemp(prefix="mariadb-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # It runs as root only when told so by name.
    user = pwd.getpwuid(os.getuid()).pw_name
    data, socket = folder / "data", folder / "socket"
    common = ["--no-defaults", f"--user={user}", f"--datadir={data}"]
    subprocess.run(
        [install, *common, "--auth-root-authentication-method=normal"],
        check=True,
        capture_output=True,
    )
    # No zone of the session may change what an instant means: this one has two hours at once.
    started = subprocess.Popen(
        [daemon, *common, f"--socket={socket}", "--skip-networking", "--innodb-flush-method=fsync"],
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
    import pymysql

    # A new server lets everybody do everything in databases called `test_…`.
    name = f"shop_{next(NUMBERS)}"
    with pymysql.connect(unix_socket=server(), user="root") as connection:
        # Neither the collation nor the character set of text may change what it means.
        connection.cursor().execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    return name


def new_address(user: str = "root") -> str:
    """The address of such a database."""
    return f"mysql://{user}@localhost/{new_database()}?socket={server()}"
