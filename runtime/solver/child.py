"""The process that asks z3: each line in is a request as JSON, verdicts come out as JSON lines.

Before each claim its name is said, so that the parent knows which one it was that ended the
process. It ends when there are no more requests.
"""

import json
import sys
from contextlib import suppress
from typing import Any

from segue.compiler.solver.decide import Limits, decide, explore, prove
from segue.compiler.solver.verdict import Unknown, Verdict
from segue.compiler.solver.wire import decode, decode_expressions, encode_verdict


def main() -> None:
    """Answers requests."""
    for line in sys.stdin:
        _answer(json.loads(line))
        _say({"done": True})


def _answer(request: Any) -> None:
    _limit_memory(request["megabytes"])
    catalog = decode(request["catalog"])
    expressions = decode_expressions(request["expressions"])
    limits = Limits(request["step"])
    answer = {"decide": decide, "explore": explore, "prove": prove}[request["question"]]
    for name, place in request["claims"]:
        _say({"begins": name})
        verdict: Verdict
        try:
            verdict = answer(catalog, expressions[place], limits)
        except RecursionError:
            verdict = Unknown("the rule is nested too deeply for the solver")
        except MemoryError:
            verdict = Unknown("the solver needs more memory than it may take")
        _say({"claim": name, "verdict": encode_verdict(verdict)})


def _say(data: Any) -> None:
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


def _limit_memory(megabytes: int) -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        size = megabytes * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


if __name__ == "__main__":
    main()
