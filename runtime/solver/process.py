"""Runs the solver's process, and ends it when its time is over."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, Queue
from typing import Literal, TypeAlias

from segue.compiler.catalog.model import Catalog
from segue.compiler.solver.claims import Claim
from segue.compiler.solver.verdict import Unknown, Verdict
from segue.compiler.solver.wire import decode_verdict, encode, encode_expressions
from segue.runtime.refusal import Refusal

MEGABYTES = 4_096
PROCESSES = 2
WORTH_SHARING = 20
"""Claims; fewer are answered before a second process has started."""
Question: TypeAlias = Literal["decide", "explore", "prove"]


@dataclass(frozen=True, slots=True)
class Effort:
    """How long the solver may take: `seconds` for all claims, `step` for each question to z3."""

    seconds: float = 60.0
    step: float = 1.0


DEFAULT = Effort()


def decide_all(
    catalog: Catalog, claims: Mapping[str, Claim], effort: Effort, question: Question = "decide"
) -> dict[str, Verdict]:
    """The verdict on each claim; unknown where the time was over before.

    To `explore` is to take any customer, not the smallest; to `prove` is to look for none.
    """
    deadline = time.monotonic() + effort.seconds
    shares = [dict(list(claims.items())[n::PROCESSES]) for n in range(PROCESSES)]
    if len(claims) < WORTH_SHARING:
        shares = [dict(claims)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        answers = pool.map(lambda s: _decide_share(catalog, s, effort, question, deadline), shares)
        verdicts = {name: verdict for answer in answers for name, verdict in answer.items()}
    return {name: verdicts[name] for name in claims}


def _decide_share(
    catalog: Catalog,
    claims: Mapping[str, Claim],
    effort: Effort,
    question: Question,
    deadline: float,
) -> dict[str, Verdict]:
    verdicts: dict[str, Verdict] = {}
    while len(verdicts) < len(claims):
        left = {name: claim for name, claim in claims.items() if name not in verdicts}
        request = _request(catalog, left, effort, question)
        guilty = _run(request, deadline, verdicts)
        if guilty in verdicts:
            continue
        over = time.monotonic() >= deadline
        if over:
            break
        if guilty is None:
            raise Refusal("the solver does not start", "is the package `z3-solver` installed?")
        verdicts[guilty] = Unknown("the solver broke off")
    late = Unknown(f"no answer within {effort.seconds:g} s", late=True)
    return {name: verdicts.get(name, late) for name in claims}


def _run(request: str, deadline: float, verdicts: dict[str, Verdict]) -> str | None:
    """Runs one process, until it is done or the time is over; which claim it was busy with last."""
    busy: str | None = None
    command = [sys.executable, "-m", "segue.runtime.solver.child"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        lines: Queue[str | None] = Queue()
        for target in (_write, _read):
            threading.Thread(target=target, args=(process, request, lines), daemon=True).start()
        try:
            while (line := lines.get(timeout=max(0.0, deadline - time.monotonic()))) is not None:
                said = json.loads(line)
                if "begins" in said:
                    busy = said["begins"]
                else:
                    verdicts[said["claim"]] = decode_verdict(said["verdict"])
        except Empty:
            process.kill()
    return busy


def _request(
    catalog: Catalog, claims: Mapping[str, Claim], effort: Effort, question: Question
) -> str:
    roots = {name: claim.contradiction for name, claim in claims.items()}
    expressions, places = encode_expressions(roots.values())
    data = {
        "question": question,
        "catalog": encode(catalog),
        "expressions": expressions,
        "claims": [[name, places[root.id]] for name, root in roots.items()],
        "step": int(effort.step * 1000),
        "megabytes": MEGABYTES,
    }
    return json.dumps(data)


def _write(process: "subprocess.Popen[str]", request: str, _: "Queue[str | None]") -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(request)
        process.stdin.close()
    except OSError:
        return  # The process ended first: its silence says so.


def _read(process: "subprocess.Popen[str]", _: str, lines: "Queue[str | None]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put(None)
