"""From files to evidence: worker processes that may die, and the cache."""
