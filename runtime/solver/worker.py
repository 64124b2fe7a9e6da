"""The solver's process: started when it is first asked, kept while there is more to ask."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from queue import Empty, Queue
from typing import Any

COMMAND = (sys.executable, "-m", "segue.runtime.solver.child")


class Worker:
    """One process, which is ended when its time is over; the next request starts another."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self._lines: Queue[str | None] = Queue()

    def ask(self, request: str, deadline: float, verdicts: dict[str, Any]) -> str | None:
        """Adds the verdicts on the claims of a request, as JSON data, until the deadline.

        It says which claim it was busy with last where it did not come to an end, or none of them
        where the process did not even start.
        """
        process, busy = self._running(), None
        threading.Thread(target=_write, args=(process, request), daemon=True).start()
        try:
            while line := self._lines.get(timeout=max(0.0, deadline - time.monotonic())):
                said = json.loads(line)
                if "begins" in said:
                    busy = said["begins"]
                elif "claim" in said:
                    verdicts[said["claim"]] = said["verdict"]
                else:
                    return busy
        except Empty:
            pass
        self.close()
        return busy

    def close(self) -> None:
        """Ends the process."""
        if self.process is not None:
            self.process.kill()
            with self.process:  # Closes its pipes and waits for it.
                self.process = None

    def _running(self) -> "subprocess.Popen[str]":
        if self.process is not None and self.process.poll() is None:
            return self.process
        self.close()
        self._lines = Queue()
        self.process = subprocess.Popen(
            COMMAND,
            # Sets in the same order every time: then z3 finds the same customer every time.
            env={**os.environ, "PYTHONHASHSEED": "0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        threading.Thread(target=_read, args=(self.process, self._lines), daemon=True).start()
        return self.process


def _write(process: "subprocess.Popen[str]", request: str) -> None:
    assert process.stdin is not None
    # The process may end first: its silence says so. A closed pipe is a ValueError.
    with suppress(OSError, ValueError):
        process.stdin.write(request + "\n")
        process.stdin.flush()


def _read(process: "subprocess.Popen[str]", lines: "Queue[str | None]") -> None:
    assert process.stdout is not None
    with suppress(OSError, ValueError):
        for line in process.stdout:
            lines.put(line)
    lines.put(None)
