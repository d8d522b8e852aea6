"""A text goes in; the days and numbers that it names come out, and how those of two statements compare."""
