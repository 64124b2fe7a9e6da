"""The catalog: which tables, columns and events a ruleset may speak of, read from YAML."""
