"""One reading in, one plan out."""
