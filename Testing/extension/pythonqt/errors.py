"""What the imitation says when a rule is broken."""


class NotInSlicer(AttributeError):
    """The name does not exist in Slicer: the panel would fail there too."""


class NotImitated(NotImplementedError):
    """The name exists in Slicer and this imitation lacks it: the stand-in wants extending."""
