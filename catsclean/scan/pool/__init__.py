"""Worker processes that may crash or hang; nothing here knows what a picture is."""
