"""Runs in a process of its own, each begun by a line: `python rounds.py DATABASE`.

A line is an instant in microseconds; what comes back is `done`, or `refused` and why.
"""

import sys

from membership import refresher
from segue.runtime.refusal import Refusal


def main(database: str) -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            refresher.main(database, int(line))
        except Refusal as refusal:
            print(f"refused {refusal.message}", flush=True)
        else:
            print("done", flush=True)


if __name__ == "__main__":
    refresher.report = lambda step: None
    main(sys.argv[1])
