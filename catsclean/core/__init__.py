"""The values that every step hands on, and how they lie on disk; no pixels, no processes."""
