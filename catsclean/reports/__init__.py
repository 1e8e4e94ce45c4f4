"""What an audit looks like: on a terminal, in a page, for a machine."""
