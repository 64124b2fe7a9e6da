"""Names that may be used, though they look like others."""

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.grammar.parser import parse

CATALOG = """
entity: {name: person, table: people, key: id, attributes: {born: date?}}
events: {buy: {table: buys, at: at, properties: {page: string}}}
"""


def findings(*files: tuple[tuple[str, ...], str], catalog_text: str = CATALOG) -> list[str]:
    catalog = load_catalog(catalog_text).catalog
    assert catalog is not None
    sources = [Source(module, parse(text, "a.seg").module) for module, text in files]
    return [found.message for found in analyse(sources, catalog).diagnostics]


def test_a_value_may_be_called_like_a_function() -> None:
    rules = "metric age = age(born)\nmetric count = count(buy)\nsegment min { when count > 1 }"
    assert findings(((), rules)) == []


def test_a_parameter_may_be_called_like_a_metric() -> None:
    rules = "metric n = count(buy)\ndefine often(n) = count(buy) > n\nsegment a { when often(2) }"
    assert findings(((), rules)) == []


def test_folders_may_have_definitions_of_the_same_name() -> None:
    rules = "segment keen { when exists(buy) }"
    assert findings((("mail",), rules), (("shop",), rules)) == []


def test_names_of_folders_that_differ_only_in_case_are_one_name() -> None:
    rules = "segment keen { when exists(buy) }"
    assert findings((("mail",), rules), (("Mail",), rules)) == [
        "`Mail.keen` and `mail.keen` differ only in case, which databases ignore"
    ]


def test_the_entity_may_be_called_like_its_key() -> None:
    catalog = CATALOG.replace("key: id", "key: {column: person, type: string}")
    rules = 'segment a { when person starts with "b" and person.person != "bob" }'
    assert findings(((), rules), catalog_text=catalog) == []
