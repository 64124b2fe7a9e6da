"""Asks the solver's processes, for as long as they have time."""

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from segue.compiler.catalog.model import Catalog
from segue.compiler.solver.claims import Claim
from segue.compiler.solver.verdict import Unknown, Verdict
from segue.compiler.solver.wire import decode_verdict, encode, encode_expressions
from segue.runtime.refusal import Refusal
from segue.runtime.solver.worker import Worker

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


class Workers:
    """The solver's processes, to be asked several times. They end with the block they serve."""

    def __init__(self) -> None:
        self.each = [Worker() for _ in range(PROCESSES)]

    def __enter__(self) -> "Workers":
        """Nothing is started before something is asked."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the processes."""
        for worker in self.each:
            worker.close()


def decide_all(
    catalog: Catalog,
    claims: Mapping[str, Claim],
    effort: Effort,
    question: Question = "decide",
    workers: Workers | None = None,
) -> dict[str, Verdict]:
    """The verdict on each claim; unknown where the time was over before.

    To `explore` is to take any customer, not the smallest; to `prove` is to look for none. Without
    `workers` it starts processes of its own.
    """
    if workers is None:
        with Workers() as own:
            return decide_all(catalog, claims, effort, question, own)
    deadline = time.monotonic() + effort.seconds
    few = len(claims) < WORTH_SHARING
    shares = (
        [dict(claims)]
        if few
        else [dict(list(claims.items())[n::PROCESSES]) for n in range(PROCESSES)]
    )
    with ThreadPoolExecutor(PROCESSES) as pool:
        answers = pool.map(
            lambda worker, share: _decide_share(worker, catalog, share, effort, question, deadline),
            workers.each,
            shares,
        )
        verdicts = {name: verdict for answer in answers for name, verdict in answer.items()}
    return {name: verdicts[name] for name in claims}


def _decide_share(
    worker: Worker,
    catalog: Catalog,
    claims: Mapping[str, Claim],
    effort: Effort,
    question: Question,
    deadline: float,
) -> dict[str, Verdict]:
    found: dict[str, Any] = {}
    broken: dict[str, Verdict] = {}
    while left := {n: claim for n, claim in claims.items() if n not in found and n not in broken}:
        guilty = worker.ask(_request(catalog, left, effort, question), deadline, found)
        if guilty in found:
            continue
        if time.monotonic() >= deadline:
            break
        if guilty is None:
            raise Refusal("the solver does not start", "is the package `z3-solver` installed?")
        broken[guilty] = Unknown("the solver broke off")
    late = Unknown(f"no answer within {effort.seconds:g} s", late=True)
    verdicts = {**broken, **{name: decode_verdict(data) for name, data in found.items()}}
    return {name: verdicts.get(name, late) for name in claims}


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
