"""From a folder to evidence: list the files, read each one once, in workers that may crash."""
