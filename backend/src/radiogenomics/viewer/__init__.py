"""The browser viewer: Slicer's scene and segment editor behind a page, for one rater at a time.

Optional extra ``viewer`` (trame-slicer). Page, wiring and server only: what is measured, saved and
reviewed is decided by `radiogenomics.mrml`.
"""
