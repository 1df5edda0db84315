"""The MRML scene: what needs Slicer's core and no Qt."""
