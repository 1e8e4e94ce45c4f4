"""From the bytes of one file to what they say: format, size, warnings, measures, hashes."""
