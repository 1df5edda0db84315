"""Small heads for tests: one anatomy in four contrasts, anywhere in space, with a brain inside."""

import gzip
import json

import numpy as np
import SimpleITK as sitk

from radiogenomics.imaging.series import Contrast
from radiogenomics.study import Study

# What each contrast shows of: air, scalp, skull, brain, ventricles, tumour, edema, cyst.
INTENSITIES = {
    Contrast.T1C: (0, 900, 60, 500, 180, 1000, 400, 120),
    Contrast.FLAIR: (0, 500, 80, 420, 100, 650, 900, 250),
    Contrast.T2: (0, 600, 40, 350, 1000, 500, 800, 900),
    Contrast.T1: (0, 900, 60, 480, 180, 420, 380, 150),
}
RADII = (27.0, 37.0, 32.0)
STILL = sitk.Euler3DTransform()


def moved(shift=(3.0, -2.0, 1.5), turn=(0.03, -0.02, 0.06)):
    """A transform from where the head is seen to where it is."""
    transform = sitk.Euler3DTransform()
    transform.SetRotation(*turn)
    transform.SetTranslation(shift)
    return transform


def tissue(points):
    """Number of the tissue at points (..., 3) in mm, the middle of the head being 0."""
    x, y, z = np.moveaxis(points, -1, 0)

    def ball(centre, radii):
        return sum(
            ((along - c) / r) ** 2 for along, c, r in zip((x, y, z), centre, radii, strict=True)
        )

    kind = np.zeros(x.shape, dtype=int)
    whole = ball((0, 0, 0), RADII)
    kind[whole < 1] = 1
    kind[whole < 0.8] = 2
    kind[whole < 0.66] = 3
    kind[ball((-5, -2, 3), (3, 11, 5)) < 1] = 4
    kind[ball((5, 0, 4), (3, 12, 5)) < 1] = 4
    kind[ball((13, -10, -4), (9, 10, 8)) < 1] = 6
    kind[ball((13, -10, -4), (6, 6, 5)) < 1] = 5
    kind[ball((-12, 14, -8), (4, 5, 3)) < 1] = 7
    # A face, so that the head is no ball that could be turned unseen.
    for side in (-1, 1):
        kind[ball((side * 9, -30, -10), (5, 5, 5)) < 1] = 7
        kind[ball((side * 25, 6, -9), (5, 4, 6)) < 1] = 1
    kind[ball((0, -34, -17), (4, 6, 7)) < 1] = 1
    kind[ball((0, 10, -34), (11, 9, 12)) < 1] = 1
    return kind


def head(contrast, spacing=(1.2, 1.2, 3.0), transform=STILL, noise=8.0, extent=(72.0, 84.0, 75.0)):
    """An image of the head as int16; ``transform`` says where the head has moved to."""
    size = [round(length / step) for length, step in zip(extent, spacing, strict=True)]
    origin = [-(count - 1) / 2 * step for count, step in zip(size, spacing, strict=True)]
    axes = [o + step * np.arange(n) for o, step, n in zip(origin, spacing, size, strict=True)]
    z, y, x = np.meshgrid(*axes[::-1], indexing="ij")
    points = np.stack((x, y, z), axis=-1)
    matrix = np.reshape(transform.GetMatrix(), (3, 3))
    kind = tissue(points @ matrix.T + transform.TransformPoint((0.0, 0.0, 0.0)))
    values = np.array(INTENSITIES[contrast], float)[kind]
    generator = np.random.default_rng(list(Contrast).index(contrast))
    values += np.abs(generator.normal(0, noise, values.shape))
    return placed(np.rint(values).astype(np.int16), spacing, origin)


def knee(spacing=(1.2, 1.2, 3.0), extent=(72.0, 84.0, 75.0)):
    """An image of a knee as int16: skin, two bones that meet, a kneecap."""
    size = [round(length / step) for length, step in zip(extent, spacing, strict=True)]
    origin = [-(count - 1) / 2 * step for count, step in zip(size, spacing, strict=True)]
    axes = [o + step * np.arange(n) for o, step, n in zip(origin, spacing, size, strict=True)]
    z, y, x = np.meshgrid(*axes[::-1], indexing="ij")
    values = np.where(x**2 + y**2 < 33**2, 300, 0)
    values[(x**2 + y**2 < 33**2) & (x**2 + y**2 > 29**2)] = 900
    values[(x**2 + (y - 4) ** 2 < (12 + 0.15 * np.abs(z)) ** 2) & (np.abs(z) > 3)] = 700
    values[(x / 9) ** 2 + ((y + 20) / 4) ** 2 + (z / 11) ** 2 < 1] = 650
    values = values + np.random.default_rng(5).normal(0, 8, values.shape)
    return placed(np.rint(values).astype(np.int16), spacing, origin)


def brain(spacing=(1.0, 1.0, 1.0), extent=(72.0, 84.0, 75.0), share=0.66):
    """A mask of the brain of the head that has not moved, 8-bit."""
    size = [round(length / step) for length, step in zip(extent, spacing, strict=True)]
    origin = [-(count - 1) / 2 * step for count, step in zip(size, spacing, strict=True)]
    axes = [o + step * np.arange(n) for o, step, n in zip(origin, spacing, size, strict=True)]
    z, y, x = np.meshgrid(*axes[::-1], indexing="ij", sparse=True)
    inside = (x / RADII[0]) ** 2 + (y / RADII[1]) ** 2 + (z / RADII[2]) ** 2 < share
    return placed(inside.astype(np.uint8), spacing, origin)


def stripped(contrast, scale=1.8, spacing=(1.0, 1.0, 1.0)):
    """An image of a brain of about an adult's size, with nothing around it, as int16."""
    size = [int(2.2 * radius * scale / step) for radius, step in zip(RADII, spacing, strict=True)]
    origin = [-(count - 1) / 2 * step for count, step in zip(size, spacing, strict=True)]
    axes = [o + step * np.arange(n) for o, step, n in zip(origin, spacing, size, strict=True)]
    z, y, x = np.meshgrid(*axes[::-1], indexing="ij")
    kind = tissue(np.stack((x, y, z), axis=-1) / scale)
    values = np.where(kind >= 1, np.array(INTENSITIES[contrast])[kind], 0)
    return placed(values.astype(np.int16), spacing, origin)


def placed(array, spacing, origin):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    return image


def write_heads(folder, transforms=None, contrasts=tuple(Contrast), **options):
    """Write one NIfTI file a contrast, FLAIR, T2 and T1 moved against T1 with contrast."""
    folder.mkdir(parents=True, exist_ok=True)
    transforms = transforms or {
        Contrast.FLAIR: moved(),
        Contrast.T2: moved((-2.0, 1.0, -2.5), (-0.02, 0.04, -0.03)),
        Contrast.T1: moved((1.0, 2.0, 0.5), (0.0, 0.03, 0.02)),
    }
    for contrast in contrasts:
        image = head(contrast, transform=transforms.get(contrast, STILL), **options)
        sitk.WriteImage(image, str(folder / f"{contrast}.nii.gz"))
    sitk.WriteImage(brain(), str(folder.parent / "mask-of-the-brain.nii.gz"))
    return folder


def array_of(path):
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def provenance_of(case):
    return json.loads((case.folder / "images" / "provenance.json").read_text())


def new_study(folder):
    return Study.create(folder, name="s", labels="brats")


def contents(folder, leave_out=()):
    """Every file's bytes by its path in a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in leave_out
    }


def readable(content):
    """The bytes of a file, of a compressed one both as it is and unpacked."""
    if content[:2] == b"\x1f\x8b":
        content += gzip.decompress(content)
    return content
