"""Brain masks: made by a program that is installed, given by the user, or there already.

The mask is what counts: it is kept beside the images, shown, and may be corrected by hand; the
images are stripped with `strip`.
"""

from radiogenomics.imaging.skull.files import mask_from_file, mask_of_stripped
from radiogenomics.imaging.skull.mask import BrainMask, strip
from radiogenomics.imaging.skull.running import StrippingError
from radiogenomics.imaging.skull.stripping import DEFAULT, MethodState, brain_mask, methods

__all__ = [
    "DEFAULT",
    "BrainMask",
    "MethodState",
    "StrippingError",
    "brain_mask",
    "mask_from_file",
    "mask_of_stripped",
    "methods",
    "strip",
]
