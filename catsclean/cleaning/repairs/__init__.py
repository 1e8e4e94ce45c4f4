"""The repairs, one file each; :mod:`catsclean.cleaning.repairs.repair` says what one is."""
