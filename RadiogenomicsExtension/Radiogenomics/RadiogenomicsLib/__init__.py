"""What the Radiogenomics module needs beyond Slicer: its panel, and the package that measures."""

from RadiogenomicsLib import Backend

Backend.ensureImportable()
