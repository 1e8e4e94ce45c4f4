"""Benchmarks of catsclean; ``python -m benchmarks`` runs those of docs/performance.md."""
