"""Spans, metrics, logs, and every attribute name in one module."""
