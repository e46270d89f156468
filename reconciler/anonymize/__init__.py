"""A file, a reading and a ledger under pseudonyms, for bug reports."""
