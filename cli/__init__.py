"""The command line: thin commands at the top of the import order."""
