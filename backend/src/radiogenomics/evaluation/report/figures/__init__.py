"""The figures of the report, by Matplotlib: one file a figure, each a function of the evidence."""
