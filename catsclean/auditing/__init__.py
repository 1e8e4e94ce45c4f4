"""The audit: from a path to evidence, findings and a manifest."""
