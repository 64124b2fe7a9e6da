"""The linter: rules about rulesets that compile, and are perhaps not what was meant."""
