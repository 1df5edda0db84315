"""Shape features of glioblastoma regions and their prediction from gene expression."""

__version__ = "0.1.0"
