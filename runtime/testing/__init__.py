"""Tests of rules: what somebody did, and which segments that puts them in."""
