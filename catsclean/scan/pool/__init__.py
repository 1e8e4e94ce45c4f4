"""Worker processes that may crash or hang; this package knows nothing about pictures."""
