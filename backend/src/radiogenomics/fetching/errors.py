"""What can go wrong while fetching. Standard library only."""

from radiogenomics.errors import RadiogenomicsError


class FetchError(RadiogenomicsError):
    """A file could not be fetched, or what came is not what the publisher has."""
