"""A place to decide: pages in the browser, served where the pictures are."""
