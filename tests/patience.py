"""How long a test waits for what never comes, where it would otherwise wait for ever.

No test measures the machine: a hundred times less would do here.  Each wait ends before pytest's
own limit (`timeout` in pyproject.toml), so that a hang is reported by the test that hangs.
"""

HANG_S = 3_000
