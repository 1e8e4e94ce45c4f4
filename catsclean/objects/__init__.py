"""Data sets in a bucket: the client, the spool that brings their files, and their state there."""
