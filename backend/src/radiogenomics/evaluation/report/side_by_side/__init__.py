"""Several runs side by side: what differs between them, and the same tests as in a report."""
