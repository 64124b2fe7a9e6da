"""The kinds of finding about files of rule tests."""

from segue.grammar.codes import Code

UNKNOWN_KEY = Code(
    "SEG080",
    "an unknown key in a test",
    "A test does not know this key. One that is misspelt would otherwise be ignored, and the test "
    "would pass without testing anything.",
    "tests:\n  - name: a keen reader\n    expects: {in: [high_engagement]}",
)
WRONG_SHAPE = Code(
    "SEG081",
    "a part of a test that has the wrong shape",
    "The key is known, but this is not what stands there: a text where a list is expected, or a "
    "part that is needed and not there.",
    "tests:\n  - name: a keen reader\n    expect: {in: {high_engagement: true}}",
)
UNKNOWN_NAME = Code(
    "SEG082",
    "a name that the project does not have",
    "A test names an attribute, event, property, segment or metric that neither the catalog nor "
    "the rules have.",
    "expect: {in: [high_engagment]}",
)
BAD_VALUE = Code(
    "SEG083",
    "a value that does not fit",
    "The value is none of the type that the catalog or the rules give it. Values are written as in "
    "rules: `15%`, `2d`, `2d ago`, `2024-05-01`.",
    "given: {attributes: {signed_up_at: last week}}",
)
NOTHING_EXPECTED = Code(
    "SEG084",
    "a test that expects nothing",
    "A test without expectations passes whatever the rules say.",
    "tests:\n  - name: a keen reader\n    given: {attributes: {plan: pro}}",
)

CODES = (UNKNOWN_KEY, WRONG_SHAPE, UNKNOWN_NAME, BAD_VALUE, NOTHING_EXPECTED)
