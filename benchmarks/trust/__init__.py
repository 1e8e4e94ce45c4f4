"""Measure how far the promises of SECURITY.md can be trusted."""
