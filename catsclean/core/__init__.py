"""The values that one step passes to the next, and their files on disk; no pixels or processes."""
