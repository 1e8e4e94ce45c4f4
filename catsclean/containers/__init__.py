"""Files that hold many pictures: tar shards, zip archives and Parquet tables."""
