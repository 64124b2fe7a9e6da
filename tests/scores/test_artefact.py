"""Files of models: what is written is read again, and nothing else is."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scores import drawn
from segue.compiler.scores.model import Link, Model
from segue.compiler.scores.reference import predict
from segue.runtime.refusal import ProjectError, Refusal
from segue.runtime.scores.artefact import Changed, Trained, read_artefact, write_artefact
from segue.runtime.scores.plain import Unfit
from segue.runtime.scores.store import ModelStore

CHURN = Trained(drawn.example(), drawn.report())


@given(drawn.trained())
def test_a_model_is_read_as_it_was_written(trained: Trained) -> None:
    header, found = read_artefact(write_artefact("churn_risk", 3, trained))
    assert found == trained
    assert (header.score, header.version) == ("churn_risk", 3)
    assert header.features == trained.model.features


def test_line_ends_of_another_system_change_nothing() -> None:
    data = write_artefact("churn_risk", 1, CHURN)
    assert read_artefact(data.replace(b"\n", b"\r\n")) == read_artefact(data)


def signed(data: bytes) -> bytes:
    """A file whose hash was made to fit whatever it says, as its author could do."""
    line, _, rest = data.partition(b"\n")
    first = json.loads(line.rstrip(b",") + b"}")
    what = {name: first[name] for name in ("score", "kind", "features", "classes") if name in first}
    text = json.dumps(what, sort_keys=True, separators=(",", ":"))
    first["digest"] = sha256(text.encode() + b"\n" + rest).hexdigest()
    return json.dumps(first)[:-1].encode() + b",\n" + rest


def with_model(change: dict[str, Any]) -> bytes:
    """The file of a model that says something else, and is signed for it."""
    data = write_artefact("churn_risk", 1, CHURN)
    line, _, rest = data.partition(b"\n")
    body = json.loads(b"{" + rest)
    tree = body["model"]["function"]["trees"][0]
    for name, value in change.items():
        target = tree if name in tree else body["model"]["function"]
        (target if name in target else body["model"])[name] = value
    return signed(line + b"\n" + json.dumps(body)[1:].encode() + b"\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"left": [0, 0, 0]}, "function.trees[0].left[0]: 0 is no node after 0"),
        ({"left": [2, 0, 0]}, "function.trees[0].right[0]: another node leads to 2"),
        ({"left": [7, 0, 0]}, "function.trees[0].left[0]: 7 is no node after 0"),
        (
            {"left": [True, 0, 0]},
            "trees[0].left[0]: expected a whole number, found true",
        ),
        ({"column": [4, -1, -1]}, "function.trees[0].column[0]: there is no column 4"),
        ({"column": [-2, -1, -1]}, "function.trees[0].column[0]: there is no column -2"),
        ({"column": [0, -1]}, "function.trees[0]: its lists must have one item for each node"),
        ({"threshold": ["1", 0.0, 0.0]}, 'threshold[0]: expected a number, found "1"'),
        ({"values": [[], [], [1.0]]}, "function.trees[0].values[1]: a leaf has 1 values here"),
        ({"values": [[], [1e300], [1.0]]}, "1e+300 is neither 0 nor of a size"),
        ({"values": [[1.0], [1.0], [1.0]]}, "values[0]: only a leaf has values"),
        ({"divisor": 0.0}, "function.divisor: the divisor must be between"),
        ({"divisor": 10**400}, "expected a number, found a huge one"),
        ({"start": [0.0, 0.0]}, "a leaf has 2 values here"),
        ({"is": "Forest"}, 'is: expected one of "Trees", "Linear", "Centroids", found "Forest"'),
        ({"link": "greatest"}, "link: a probability is not read off as greatest"),
        ({"calibration": {"is": "Isotonic", "x": [], "y": []}}, "calibration: its points"),
        ({"calibration": {"is": "Isotonic", "x": [0.5, 0.5], "y": [0.0, 1.0]}}, "in order"),
        ({"columns": [{"is": "Category", "feature": 0, "value": "a"}]}, "has no categories"),
        (
            {"columns": [{"is": "Number", "feature": 9, "divisor": 1.0, "missing": None}]},
            "no feature 9",
        ),
        ({"columns": [{"is": "Number", "feature": 0, "divisor": 1.0}]}, "there is no `missing`"),
        ({"columns": {}}, "model.columns: expected a list, found an object"),
    ],
)
def test_a_model_that_cannot_be_computed_is_refused_with_its_place(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(Unfit) as refused:
        read_artefact(with_model(change))
    assert message in str(refused.value)


def deep(text: bytes) -> bytes:
    return signed(text.partition(b"\n")[0] + b"\n" + b'"report":' + b"[" * 200_000 + b"\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: b"", "first line is no header of a model: is the file truncated?"),
        (lambda data: data[:40], "is the file truncated?"),
        (lambda data: data[:-10], "has another hash"),
        (lambda data: data.replace(b"0.5", b"0.6"), "has another hash"),
        (lambda data: data.replace(b'"churn_risk"', b'"other_risk"'), "has another hash"),
        (lambda data: b"\xff" + data, "it is not UTF-8 text"),
        (lambda data: b"[1,2],\n", "it is not JSON"),
        (lambda data: data.replace(b'"segue_model":1', b'"segue_model":2'), "this is 2"),
        (lambda data: data.replace(b'"segue_model":1', b'"segue_model":"1"'), "which format"),
        (lambda data: data.replace(b'"version":1', b'"version":1,"version":2'), "there twice"),
        (lambda data: data.replace(b'"version":1', b'"version":0'), "versions count from 1"),
        (deep, "it is nested too deeply"),
        (lambda data: signed(data.replace(b"[0.5,", b"[NaN,")), "NaN is no number"),
        (lambda data: signed(data.replace(b"[0.5,", b"[1e999,")), "beyond the range of doubles"),
        (lambda data: signed(data.replace(b"[0.5,", b"[" + b"9" * 9999 + b",")), "no number"),
        (lambda data: b" " * 5_000_000, "no header of a model"),
    ],
)
def test_a_file_that_is_no_model_is_refused(change: Any, message: str) -> None:
    with pytest.raises(Unfit) as refused:
        read_artefact(change(write_artefact("churn_risk", 1, CHURN)))
    assert message in str(refused.value)
    assert len(str(refused.value)) < 300


@st.composite
def mutations(draw: st.DrawFn, data: bytes) -> bytes:
    """A file some bytes of which were cut out, doubled or replaced."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(changed)))
        end = min(len(changed), start + draw(st.integers(0, 12)))
        token = st.sampled_from(
            [b"", b"0", b"-1", b"null", b"[]", b"{}", b'"', b",", b"1e5", b"\xff"]
        )
        changed[start:end] = draw(
            token | st.binary(max_size=6) | st.just(bytes(data[start:end] * 2))
        )
    return bytes(changed)


def resigned(data: bytes) -> bytes:
    try:
        return signed(data)
    except ValueError:
        return data


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), drawn.models(), st.booleans())
def test_no_mutation_of_a_file_does_more_than_be_refused(
    data: st.DataObject, model: Model, sign: bool
) -> None:
    file = data.draw(mutations(write_artefact("churn_risk", 1, Trained(model, drawn.report()))))
    try:
        header, found = read_artefact(resigned(file) if sign else file)
    except Unfit:
        return
    # What is still accepted is a model like any other: it gives a score.
    values = [None if feature.type.nullable else 0 for feature in header.features]
    if not any(feature.type.kind in ("string", "enum") for feature in header.features):
        predict(found.model, values)


def test_a_model_trained_again_is_the_same_version(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    first, again = store.keep("email.churn", CHURN), store.keep("email.churn", CHURN)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.header == first.header == ModelStore(tmp_path).versions("email.churn")[1]
    assert first.path == tmp_path / "models" / "email.churn" / "v1.json"


def test_another_model_is_the_next_version_and_the_first_one_stays(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    store.keep("churn", CHURN)
    other = replace(CHURN, model=replace(CHURN.model, link=Link.LOGISTIC))
    store.keep("churn", other)
    fresh = ModelStore(tmp_path)
    assert list(fresh.versions("churn")) == [1, 2]
    assert fresh.model(fresh.versions("churn")[1]) == CHURN.model
    assert fresh.model(fresh.versions("churn")[2]) == other.model
    assert fresh.versions("ltv") == {}


def test_a_file_is_read_again_only_when_it_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor asks at every change of a rule."""
    kept = ModelStore(tmp_path).keep("churn", CHURN)
    assert ModelStore(tmp_path).versions("churn") == {1: kept.header}
    with monkeypatch.context() as patched:
        patched.setattr("segue.runtime.scores.store.read_header", lambda line: pytest.fail("read"))
        assert ModelStore(tmp_path).versions("churn") == {1: kept.header}

    other = replace(CHURN, model=replace(CHURN.model, link=Link.LOGISTIC))
    kept.path.write_bytes(write_artefact("churn", 1, other))
    assert ModelStore(tmp_path).versions("churn")[1].digest != kept.header.digest


def test_a_version_written_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    assert store.versions("churn") == {}
    ModelStore(tmp_path).keep("churn", CHURN)
    with pytest.raises(Refusal, match="is there already"):
        store.keep("churn", replace(CHURN, model=replace(CHURN.model, link=Link.LOGISTIC)))


def test_a_changed_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    kept = store.keep("churn", CHURN)
    kept.path.write_bytes(kept.path.read_bytes().replace(b"0.5", b"0.7"))
    with pytest.raises(ProjectError) as wrong:
        ModelStore(tmp_path).model(kept.header)
    assert str(wrong.value) == (
        "error[SEG086]: this model was changed: it is not as it was written: its content has "
        "another hash\n --> models/churn/v1.json:1:1\n"
        "  = help: take the file from version control, or delete it and run `segue train`"
    )


def test_a_file_in_the_place_of_another_is_told(tmp_path: Path) -> None:
    kept = ModelStore(tmp_path).keep("churn", CHURN)
    kept.path.rename(kept.path.with_name("v2.json"))
    with pytest.raises(ProjectError, match="it is version 1 of `churn`, and its name says another"):
        ModelStore(tmp_path).versions("churn")


def test_of_a_header_one_line_is_read(tmp_path: Path) -> None:
    kept = ModelStore(tmp_path).keep("churn", CHURN)
    line = kept.path.read_bytes().partition(b"\n")[0]
    kept.path.write_bytes(line + b"\n" + b"anything")
    store = ModelStore(tmp_path)
    assert store.versions("churn")[1] == kept.header
    with pytest.raises(ProjectError, match="has another hash"):
        store.model(kept.header)


def test_changed_is_told_from_unreadable() -> None:
    data = write_artefact("churn_risk", 1, CHURN)
    with pytest.raises(Changed):
        read_artefact(data + b" ")
