"""Evening out the slow change of brightness across an image (N4)."""

from __future__ import annotations

import SimpleITK as sitk

from radiogenomics.imaging.registration.pyramid import thinned
from radiogenomics.imaging.registration.settings import BiasSettings
from radiogenomics.imaging.registration.threads import one_thread


def correct_bias(
    image: sitk.Image, mask: sitk.Image | None = None, *, settings: BiasSettings | None = None
) -> sitk.Image:
    """Divide an image by its bias field, estimated with N4 on a thinned copy.

    Parameters
    ----------
    image
        Three-dimensional, not negative.
    mask
        Where the field is estimated, on the image's grid, not 0 inside; by default what Otsu's
        threshold tells from air.
    settings
        By default `BiasSettings()`.

    Returns
    -------
    SimpleITK.Image
        32-bit floats on the image's grid, 0 where the image is 0.

    Notes
    -----
    Tustison et al. 2010, "N4ITK: improved N3 bias correction".
    """
    settings = settings or BiasSettings()
    image = sitk.Cast(image, sitk.sitkFloat32)
    with one_thread():
        small = thinned(image, settings.working_mm)
        inside = sitk.OtsuThreshold(small, 0, 1) if mask is None else _onto(mask != 0, small)
        corrector = sitk.N4BiasFieldCorrectionImageFilter()
        corrector.SetMaximumNumberOfIterations(settings.iterations)
        corrector.SetConvergenceThreshold(settings.convergence)
        corrector.Execute(small, inside)
        field = sitk.Exp(corrector.GetLogBiasFieldAsImage(image))
        corrected: sitk.Image = sitk.Cast(image / field, sitk.sitkFloat32)
    return corrected


def _onto(mask: sitk.Image, like: sitk.Image) -> sitk.Image:
    return sitk.Resample(mask, like, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
