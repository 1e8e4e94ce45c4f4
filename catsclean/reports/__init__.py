"""The forms of an audit: on a terminal, as a page, and for machines."""
