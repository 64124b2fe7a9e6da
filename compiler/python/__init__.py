"""The Python backend: predicates over metric values, and evaluation over events in memory."""
