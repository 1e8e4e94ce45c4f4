"""From evidence to pairs and groups of files that show the same picture."""
