"""The pages of the documentation that come from the code; mkdocs.yml names the hooks."""
