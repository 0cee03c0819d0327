"""UK Biobank's main data set: its fields, read as a stream, and whom to keep."""
