"""Every lint rule there is."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from segue.compiler.lint.rule import Rule

# The files in `compiler/lint/rules/`, in order of their codes. They are imported when asked for.
MODULES = (
    "missing_decides_negation",  # SEG101
    "decided_comparison",  # SEG102
    "same_operands",  # SEG103
    "unreachable_branch",  # SEG104
    "identical_branches",  # SEG105
    "window_gap",  # SEG106
    "mixed_windows",  # SEG107
    "ratio_of_windows",  # SEG108
    "exact_equality",  # SEG109
    "window_in_name",  # SEG110
    "clashing_equalities",  # SEG111
    "swapped_bounds",  # SEG112
    "never_missing",  # SEG113
    "within_exceeds_window",  # SEG114
    "impatient_sequence",  # SEG115
    "case_mismatch",  # SEG116
    "hidden_characters",  # SEG117
    "list_covers_values",  # SEG118
    "float_threshold",  # SEG119
    "training_everybody",  # SEG120
    "step_about_another",  # SEG121
    "until_of_the_past",  # SEG122
    "impossible_segment",  # SEG201
    "universal_segment",  # SEG202
    "redundant_condition",  # SEG203
    "segment_inside_another",  # SEG204
    "equivalent_segments",  # SEG205
    "assertion_violated",  # SEG206
    "assertion_unproved",  # SEG207
    "unreachable_stage",  # SEG208
    "dead_exit",  # SEG209
    "shadowed_progression",  # SEG210
    "back_and_forth",  # SEG211
    "inescapable_stage",  # SEG212
    "customers_without_stage",  # SEG213
    "tier_never_reached",  # SEG214
    "tier_of_the_missing",  # SEG215
    "count_instead_of_exists",  # SEG301
    "double_negation",  # SEG302
    "compare_with_boolean",  # SEG303
    "negated_comparison",  # SEG304
    "or_of_equalities",  # SEG305
    "repeated_condition",  # SEG306
    "repeated_list_item",  # SEG307
    "plain_pattern",  # SEG308
    "constant_first",  # SEG309
    "if_of_booleans",  # SEG310
    "useless_default",  # SEG311
    "ratio_as_number",  # SEG312
    "single_item_list",  # SEG313
    "unused_metric",  # SEG401
    "unused_condition",  # SEG402
    "unused_define",  # SEG403
    "unused_parameter",  # SEG404
    "duplicate_definition",  # SEG405
    "inlined_metric",  # SEG406
    "repeated_threshold",  # SEG407
    "confusable_names",  # SEG408
    "near_miss_word",  # SEG409
    "name_style",  # SEG410
    "missing_description",  # SEG411
    "missing_owner",  # SEG412
    "missing_priority",  # SEG413
    "shadowed_name",  # SEG414
    "unfinished_text",  # SEG415
    "deep_nesting",  # SEG416
    "unused_score",  # SEG417
    "unpinned_score",  # SEG418
    "unbounded_window",  # SEG501
    "beyond_retention",  # SEG502
    "personal_data_in_rule",  # SEG503
    "personal_data_as_metric",  # SEG504
    "unknown_action",  # SEG505
    "unknown_template",  # SEG506
    "attribute_as_feature",  # SEG507
    "unused_suppression",  # SEG901
    "suppression_without_reason",  # SEG902
    "unreadable_suppression",  # SEG903
)


@cache
def rules() -> Mapping[str, Rule]:
    """All rules by code."""
    found = (import_module(f"segue.compiler.lint.rules.{module}").RULE for module in MODULES)
    return MappingProxyType({rule.code: rule for rule in found})


def find_rule(word: str) -> Rule | None:
    """The rule of a code or a name."""
    found = rules()
    return found.get(word.upper()) or next((r for r in found.values() if r.name == word), None)
