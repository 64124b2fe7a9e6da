"""Canonical layout: tokens in, lines out; `segue.grammar.format` is the way in."""
