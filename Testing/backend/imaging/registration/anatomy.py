"""Heads for the tests of registration: lumps of brain in three contrasts, and what is no head."""

import numpy as np
import SimpleITK as sitk

SPACING = (2.0, 2.0, 5.0)
SIZE = (76, 90, 32)
ORIGIN = tuple(-(count - 1) / 2 * step for count, step in zip(SIZE, SPACING, strict=True))
# What the contrasts make of a tissue, a number from -1 to 1.
CONTRASTS = {
    "t1c": lambda tissue: 500 + 300 * tissue,
    "t2": lambda tissue: 600 - 350 * tissue,
    "flair": lambda tissue: 250 + 500 * np.exp(-4 * (tissue - 0.2) ** 2),
}


def tissue_at(points):
    """A brain of lumps of about 15 mm, unlike its mirror images, at points (..., 3) in mm."""
    generator = np.random.default_rng(11)
    tissue = np.zeros(points.shape[:-1])
    for middle, width, sign in zip(
        generator.uniform((-50, -62, -50), (50, 62, 50), (60, 3)),
        generator.uniform(6, 14, 60),
        [-1, 1] * 30,
        strict=True,
    ):
        tissue += sign * np.exp(-((points - middle) ** 2).sum(axis=-1) / (2 * width**2))
    return np.clip(tissue, -1, 1)


def head(contrast, transform=None):
    """A head with skull in thick slices; the transform maps points of the image to the head's."""
    matrix = np.eye(4) if transform is None else matrix_of(transform)
    x, y, z = (o + s * np.arange(n) for o, s, n in zip(ORIGIN, SPACING, SIZE, strict=True))
    slab = 0.0
    for part in (-1, 0, 1):
        grid = np.meshgrid(z + part * SPACING[2] / 3, y, x, indexing="ij")
        points = mapped(matrix, np.stack(grid[::-1], axis=-1))
        radius = np.sqrt(((points / (62, 76, 64)) ** 2).sum(axis=-1))
        values = np.where(radius < 0.85, CONTRASTS[contrast](tissue_at(points)), 60)
        values[(radius > 0.92) & (radius < 1)] = 800
        values[radius > 1] = 0
        slab = slab + values / 3
    slab += np.abs(np.random.default_rng(len(contrast)).normal(0, 15, slab.shape))
    image = sitk.GetImageFromArray(slab.astype(np.int16))
    image.SetSpacing(SPACING)
    image.SetOrigin(ORIGIN)
    return image


def matrix_of(transform):
    matrix = np.eye(4)
    matrix[:3, :3] = np.reshape(transform.GetMatrix(), (3, 3))
    matrix[:3, 3] = transform.TransformPoint((0.0, 0.0, 0.0))
    return matrix


def mapped(matrix, points):
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def carried(image, matrix):
    """The image as it would be if the patient had lain elsewhere: its header alone changes."""
    elsewhere = sitk.Image(image)
    elsewhere.SetOrigin(mapped(matrix, np.array(image.GetOrigin())).tolist())
    axes = matrix[:3, :3] @ np.reshape(image.GetDirection(), (3, 3))
    elsewhere.SetDirection(axes.flatten().tolist())
    return elsewhere


def move(degrees, shift, centre=(0.0, 0.0, 0.0)):
    transform = sitk.Euler3DTransform()
    transform.SetCenter(centre)
    transform.SetRotation(*np.deg2rad(degrees).tolist())
    transform.SetTranslation(shift)
    return transform


def knee():
    """A leg in cross section, with two bright condyles and a patella."""
    z, y, x = np.meshgrid(np.arange(32), np.arange(76), np.arange(76), indexing="ij", sparse=True)
    array = np.where(((x - 38) / 34) ** 2 + ((y - 38) / 30) ** 2 + 0 * z < 1, 400, 0)
    for middle in (26, 50):
        array[((x - middle) / 11) ** 2 + ((y - 34) / 12) ** 2 + ((z - 12) / 11) ** 2 < 1] = 900
    array[((x - 38) / 9) ** 2 + ((y - 14) / 5) ** 2 + ((z - 15) / 7) ** 2 < 1] = 700
    noise = np.abs(np.random.default_rng(5).normal(0, 20, array.shape))
    image = sitk.GetImageFromArray((array + noise).astype(np.float32))
    image.SetSpacing((2.0, 2.0, 4.0))
    image.SetOrigin((-75.0, -75.0, -62.0))
    return image


def upside_down(image):
    turned = sitk.GetImageFromArray(sitk.GetArrayFromImage(image)[::-1].copy())
    turned.CopyInformation(image)
    return turned
