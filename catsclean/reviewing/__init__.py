"""Review a data set in the browser: questions about its pictures, and their answers."""
