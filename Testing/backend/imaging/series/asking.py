"""Finds and chooses series in one call, and writes small image files, for the tests of series."""

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.series import Contrast, choose_series, find_series

from ..dicom_writing import phantom


def keys(found):
    return {series.key: series for series in found.series}


def chosen_keys(found, **chosen):
    picked = choose_series(found, {Contrast(name): value for name, value in chosen.items()})
    return {str(contrast): series.key for contrast, series in picked.items()}


def refused(source, **chosen):
    with pytest.raises(InputError) as error:
        chosen_keys(find_series(source), **chosen)
    return str(error.value)


def image_file(path, shape=(12, 20, 24), spacing=(1.0, 1.0, 5.0), seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = sitk.GetImageFromArray(phantom(shape, seed).astype(np.float32))
    image.SetSpacing(spacing)
    sitk.WriteImage(image, str(path))
