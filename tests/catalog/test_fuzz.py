"""No text makes the loader raise, and every finding points into the text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from segue.compiler.catalog.load import load_catalog
from segue.grammar.diagnostics import render

VOCABULARY = """
    timezone entity events name table key attributes properties at id where any_of type enum
    values default range min max unit kind pii consent description column nullable int decimal(2)
    decimal(x) string? bool probability duration duration(s) timestamp(date) date utc 0 5 -1 1e999
    15% 0.5 .inf 2024-05-01 2024-13-01T99:99Z 1h30min true null ~ a b UTC Europe/Paris ../x <<
"""
WORDS = st.sampled_from(VOCABULARY.split())
SCALARS = WORDS | st.text(max_size=12) | st.integers() | st.floats()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)
FIELDS = st.dictionaries(WORDS, VALUES, max_size=3)
CATALOGS = st.fixed_dictionaries(
    {},
    optional={
        "timezone": SCALARS,
        "entity": st.fixed_dictionaries(
            {"name": st.just("c"), "table": st.just("t"), "key": st.just("k")},
            optional={"attributes": st.dictionaries(WORDS, FIELDS | SCALARS, max_size=3)},
        )
        | VALUES,
        "events": st.dictionaries(
            WORDS,
            st.fixed_dictionaries(
                {"table": st.just("t"), "at": st.just("u")},
                optional={
                    "where": VALUES,
                    "id": VALUES,
                    "properties": st.dictionaries(WORDS, FIELDS),
                },
            )
            | st.fixed_dictionaries({"any_of": st.lists(WORDS, max_size=3)})
            | VALUES,
            max_size=4,
        )
        | VALUES,
    },
)


def check(text: str) -> None:
    result = load_catalog(text)
    assert (result.catalog is None) == bool(result.diagnostics)
    for diagnostic in result.diagnostics:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        render(diagnostic, {"catalog.yml": text})


def flow(value: object) -> str:
    """A value as flow-style YAML, without quotes, as people forget them."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return str(value)


@given(st.text(max_size=200))
def test_any_text_is_read_or_explained(text: str) -> None:
    check(text)


@given(st.text(alphabet="abc:-[]{}&*!|>'\"%@#?,~<\t\n \ud800\x00\ufeff0.", max_size=80))
def test_any_punctuation_is_read_or_explained(text: str) -> None:
    check(text)


@settings(max_examples=300)
@given(CATALOGS)
def test_anything_like_a_catalog_is_read_or_explained(catalog: dict[str, object]) -> None:
    check("\n".join(f"{key}: {flow(value)}" for key, value in catalog.items()))


def test_nesting_does_not_exhaust_the_stack() -> None:
    check("[" * 50_000)
    check("entity: " + "{a: " * 5_000)


def test_aliases_do_not_exhaust_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    check("\n".join(lines))
