"""The one reader: everything that opens a file of a data set goes through here."""
