"""One validator a file; its name is the module's, and registry.py finds it by that."""
