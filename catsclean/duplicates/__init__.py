"""Finding, proving and grouping pictures that are the same picture: arrays in, pairs out."""
