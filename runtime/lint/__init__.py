"""Linting a project: settings, baseline, fixes and reports."""
