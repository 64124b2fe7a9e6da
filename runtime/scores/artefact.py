"""The file of a trained model: JSON whose first line says which model it is.

    {"segue_model":1,"digest":"…","version":3,"score":"churn_risk","kind":"probability",…,
    "report":{…},
    "model":{…}}

The whole is one JSON object. The first line alone becomes one by closing it, so that a check
of rules reads a line and no more. `digest` is the SHA-256 of what follows it, without the
version: the same model trained again is the same model.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from typing import Any

from segue.compiler.scores.library import Header
from segue.compiler.scores.model import Calibration, Column, Feature, Function, Link, Model
from segue.compiler.scores.sound import faults
from segue.runtime.scores.plain import Unfit, from_plain, to_plain
from segue.runtime.scores.report import Report
from segue.runtime.scores.report import faults as report_faults

FORMAT = 1
LONGEST_HEADER = 4_000_000
LARGEST = 512_000_000
"""In bytes: what is larger is not read."""


class Changed(Unfit):
    """A file that no longer says what its hash says it does."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A model with what is known of it."""

    model: Model
    report: Report


@dataclass(frozen=True, slots=True)
class _Body:
    """What a model says beyond its header."""

    columns: tuple[Column, ...]
    function: Function
    link: Link
    calibration: Calibration | None


def header_of(score: str, version: int, trained: Trained) -> Header:
    """The header of a model that is to be written."""
    return _written(score, version, trained)[0]


def write_artefact(score: str, version: int, trained: Trained) -> bytes:
    """The file of a model; the same for the same model, on every machine."""
    return _written(score, version, trained)[1]


def _written(score: str, version: int, trained: Trained) -> tuple[Header, bytes]:
    model = trained.model
    what = _what(score, model)
    body = _Body(model.columns, model.function, model.link, model.calibration)
    report = _json(to_plain(trained.report))
    rest = f'"report":{report},\n"model":{_json(to_plain(body))}}}\n'.encode()
    digest = _digest(what, rest)
    first = _json({"segue_model": FORMAT, "digest": digest, "version": version} | what)
    header = Header(score, version, digest, model.kind, model.features, model.classes)
    return header, first[:-1].encode() + b",\n" + rest


def read_header(line: bytes) -> Header:
    """The header in the first line of a file; raises `Unfit`."""
    return _header(_first(line))


def read_artefact(data: bytes) -> tuple[Header, Trained]:
    """The model of a file, with its header.

    Raises `Changed` where it is not as it was written, else `Unfit` where it is no model.
    """
    # Version control may have given the file the line ends of another system.
    data = data.replace(b"\r\n", b"\n")
    line, _, rest = data.partition(b"\n")
    first = _first(line + b"\n")
    header = _header(first)
    what = {name: part for name, part in first.items() if name in _WHAT}
    if _digest(what, rest) != header.digest:
        raise Changed("", "it is not as it was written: its content has another hash")
    parsed = _parsed(b"{" + rest)
    if parsed.keys() != {"report", "model"}:
        raise Unfit("", "it must have a `report` and a `model`")
    body: _Body = from_plain(_Body, parsed["model"], "model")
    report: Report = from_plain(Report, parsed["report"], "report")
    model = Model(
        header.kind,
        header.features,
        body.columns,
        body.function,
        body.link,
        body.calibration,
        header.classes,
    )
    for place, message in chain(faults(model), report_faults(report)):
        raise Unfit(place, message)
    return header, Trained(model, report)


_WHAT = ("score", "kind", "features", "classes")


def _what(score: str, model: Model) -> dict[str, Any]:
    return {
        "score": score,
        "kind": model.kind.value,
        "features": to_plain(model.features, tuple[Feature, ...]),
        "classes": list(model.classes),
    }


def _first(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_HEADER:
        raise Unfit("", "its first line is no header of a model")
    text = line.rstrip(b"\r\n")
    if not line.endswith(b"\n") or not text.endswith(b","):
        raise Unfit("", "its first line is no header of a model: is the file truncated?")
    return _parsed(text[:-1] + b"}")


def _header(first: dict[str, Any]) -> Header:
    version = first.pop("segue_model", None)
    if type(version) is not int:
        raise Unfit("segue_model", "it does not say which format it has")
    if version != FORMAT:
        raise Unfit("segue_model", f"this Segue reads format {FORMAT}, and this is {version:.20g}")
    header: Header = from_plain(Header, first)
    if header.version < 1:
        raise Unfit("version", "versions count from 1")
    return header


def _parsed(data: bytes) -> dict[str, Any]:
    """The object of a JSON text; anything that JSON or Python is lenient about is refused."""
    try:
        found = json.loads(
            data.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_object
        )
    except RecursionError:
        raise Unfit("", "it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Unfit("", f"it is not JSON ({error.msg} at character {error.pos:,})") from None
    except UnicodeDecodeError:
        raise Unfit("", "it is not UTF-8 text") from None
    except ValueError as error:
        raise Unfit("", f"it holds what is no number or text of JSON ({error})"[:200]) from None
    if not isinstance(found, dict):
        raise Unfit("", "it is not an object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _json(data: Any) -> str:
    """JSON without anything that could be written in two ways."""
    return json.dumps(
        data, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":")
    )


def _digest(what: dict[str, Any], rest: bytes) -> str:
    return sha256(_json(what).encode() + b"\n" + rest).hexdigest()
