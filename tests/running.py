"""Whether a process still runs."""

import os
from pathlib import Path


def is_running(pid: int) -> bool:
    """Return whether a process runs; one that ended, but that nobody has waited for, does not."""
    try:
        os.kill(pid, 0)
        # behind the name, which may hold anything, stands the state
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # a system without /proc, or the process has just ended
        return not Path("/proc/self").exists()
