"""A MariaDB of the benchmark's own, in a folder, with memory for all of its rows."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDERS = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
SECONDS = 60


@contextmanager
def running(folder: Path) -> Iterator[tuple[str, int]]:
    """The socket of the server, and its process."""
    data, socket, scratch = folder / "mariadb", folder / "socket", folder / "scratch"
    # A server that starts removes what it finds in a folder of such files: no two may share one.
    scratch.mkdir()
    user = pwd.getpwuid(os.getuid()).pw_name
    common = ["--no-defaults", f"--user={user}", f"--datadir={data}"]
    subprocess.run(
        [_program("mariadb-install-db"), *common, "--auth-root-authentication-method=normal"],
        check=True,
        capture_output=True,
    )
    options = ["--skip-networking", "--local-infile=1", "--innodb-buffer-pool-size=1G"]
    options += [f"--tmpdir={scratch}", "--tmp-table-size=256M", "--max-heap-table-size=256M"]
    server = subprocess.Popen(
        [_program("mariadbd"), *common, f"--socket={socket}", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + SECONDS
        while not socket.exists():
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("MariaDB did not start")
            time.sleep(0.05)
        yield str(socket), server.pid
    finally:
        server.terminate()
        server.wait(SECONDS)


def _program(name: str) -> str:
    found = shutil.which(name, path=FOLDERS)
    if found is None:
        raise RuntimeError(f"no MariaDB on this machine: {name} not found")
    return found
