"""Accuracy, time and memory of the rigid registration beside elastix and ANTs.

    python registration.py DATA simpleitk elastix ants

DATA is the folder of real images; every method is run in a process of its own. The peers need
`pip install itk-elastix antspyx`. Two questions with known answers: the native series of a patient
(6.5 mm slices, skull), their headers moved by known transforms; and the series of another patient,
stripped and of 1 mm, cut anew into 6.5 mm slices from where a known transform moved them.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Method = Callable[[sitk.Image, sitk.Image], Matrix]

NATIVE = "TCGA-02-0054_native/TCGA-02-0054_{}.nii.gz"
STRIPPED = "BrainLesion_1mm/{}.nii.gz"
POSES = [((9, -6, 8), (12, -9, 11)), ((-7, 9, -9), (-8, 14, -13))]


# --- The methods: from a moving and a fixed image to the matrix from fixed to moving points -------


def simpleitk(moving: sitk.Image, fixed: sitk.Image) -> Matrix:
    """`register_rigid` of the project, on SimpleITK's framework."""
    registration: Any = importlib.import_module("radiogenomics.imaging.registration")
    return matrix_of(registration.register_rigid(moving, fixed).transform)


def elastix(moving: sitk.Image, fixed: sitk.Image) -> Matrix:
    """Elastix' own rigid parameter map, from the middles of the images."""
    itk: Any = importlib.import_module("itk")
    parameters = itk.ParameterObject.New()
    rigid = parameters.GetDefaultParameterMap("rigid", 4)
    rigid["AutomaticTransformInitialization"] = ["true"]
    rigid["AutomaticTransformInitializationMethod"] = ["GeometricalCenter"]
    # Thick slices are not thinned: four numbers for x and y, 1 for z.
    rigid["ImagePyramidSchedule"] = [
        number for each in (8, 4, 2, 1) for number in (str(each), str(each), "1")
    ]
    parameters.AddParameterMap(rigid)
    with tempfile.TemporaryDirectory() as folder:
        images = []
        for name, image in (("fixed", fixed), ("moving", moving)):
            path = str(Path(folder) / f"{name}.nrrd")
            sitk.WriteImage(image, path)
            images.append(itk.imread(path, itk.F))
        _, found = itk.elastix_registration_method(*images, parameter_object=parameters)
    result = found.GetParameterMap(0)
    transform = sitk.Euler3DTransform()
    transform.SetCenter([float(number) for number in result["CenterOfRotationPoint"]])
    transform.SetParameters([float(number) for number in result["TransformParameters"]])
    return matrix_of(transform)


def ants(moving: sitk.Image, fixed: sitk.Image) -> Matrix:
    """`ants.registration` with `Rigid`, seeded."""
    library: Any = importlib.import_module("ants")
    with tempfile.TemporaryDirectory() as folder:
        images = []
        for name, image in (("fixed", fixed), ("moving", moving)):
            path = str(Path(folder) / f"{name}.nii.gz")
            sitk.WriteImage(image, path)
            images.append(library.image_read(path))
        found = library.registration(*images, type_of_transform="Rigid", random_seed=2018)
        return matrix_of(sitk.AffineTransform(sitk.ReadTransform(found["fwdtransforms"][0])))


METHODS: dict[str, Method] = {"simpleitk": simpleitk, "elastix": elastix, "ants": ants}


# --- The questions --------------------------------------------------------------------------------


def matrix_of(transform: Any) -> Matrix:
    """Matrix (4, 4) of a transform in mm."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.reshape(transform.GetMatrix(), (3, 3))
    matrix[:3, 3] = transform.TransformPoint((0.0, 0.0, 0.0))
    return matrix


def mapped(matrix: Matrix, points: Matrix) -> Matrix:
    """Points (n, 3) mapped."""
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def pose(image: sitk.Image, degrees: Any, shift: Any) -> sitk.Euler3DTransform:
    """Turn and shift about an image's middle."""
    middle = [(size - 1) / 2 for size in image.GetSize()]
    transform = sitk.Euler3DTransform()
    transform.SetCenter(image.TransformContinuousIndexToPhysicalPoint(middle))
    transform.SetRotation(*np.deg2rad(degrees).tolist())
    transform.SetTranslation(shift)
    return transform


def carried(image: sitk.Image, matrix: Matrix) -> sitk.Image:
    """Place the same voxels as if the patient had lain elsewhere."""
    elsewhere = sitk.Image(image)
    elsewhere.SetOrigin(mapped(matrix, np.array([image.GetOrigin()]))[0].tolist())
    axes = matrix[:3, :3] @ np.reshape(image.GetDirection(), (3, 3))
    elsewhere.SetDirection(axes.flatten().tolist())
    return elsewhere


def cut(image: sitk.Image, transform: sitk.Transform) -> sitk.Image:
    """Slices of 6.5 mm, 0.9 mm in plane, through a moved head, with noise."""
    thick = sitk.RecursiveGaussian(image, 6.5 / 2.355, direction=2)
    size, spacing = (267, 267, 26), (0.9, 0.9, 6.5)
    middle = image.TransformContinuousIndexToPhysicalPoint(
        [(count - 1) / 2 for count in image.GetSize()]
    )
    origin = np.subtract(middle, np.multiply(np.subtract(size, 1) / 2, spacing)).tolist()
    axes = (1, 0, 0, 0, 1, 0, 0, 0, 1)
    slices = sitk.Resample(
        thick, size, transform.GetInverse(), sitk.sitkLinear, origin, spacing, axes
    )
    return sitk.Abs(sitk.AdditiveGaussianNoise(slices, 5.0, 0.0, 1))


def inside(image: sitk.Image, depth_mm: float) -> Matrix:
    """Points (n, 3) deeper than that under the surface of the head, in mm."""
    head = sitk.BinaryMorphologicalClosing(sitk.OtsuThreshold(image, 0, 1), [5, 5, 0])
    depth = sitk.SignedMaurerDistanceMap(sitk.BinaryFillhole(head), True, False, True)
    index = np.argwhere(sitk.GetArrayViewFromImage(depth) > depth_mm)[::-1]
    index = index[:: max(1, len(index) // 5000), ::-1]
    axes = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    return np.asarray(index @ axes.T + image.GetOrigin())


def ask(method: Method, data: Path) -> dict[str, Any]:
    """Put all questions to a method."""
    rows: dict[str, list[Any]] = {"native": [], "stripped": []}
    digest = hashlib.sha256()
    spent: list[tuple[float, float]] = []

    def timed(moving: sitk.Image, fixed: sitk.Image) -> Matrix:
        wall, cpu = time.perf_counter(), time.process_time()
        found = method(moving, fixed)
        spent.append((time.perf_counter() - wall, time.process_time() - cpu))
        digest.update(found.tobytes())
        return found

    def note(kind: str, found: Matrix, truth: Matrix, points: Matrix) -> None:
        apart = mapped(found, points) - mapped(truth, points)
        rows[kind].append((np.hypot(*apart[:, :2].T).mean(), np.abs(apart[:, 2]).mean()))

    def read(name: str) -> sitk.Image:
        return sitk.ReadImage(str(data / name), sitk.sitkFloat32)

    fixed = read(NATIVE.format("T1c"))
    points = inside(fixed, 15)
    for name in ("T2", "FLAIR"):
        moving = read(NATIVE.format(name))
        still = timed(moving, fixed)
        for degrees, shift in POSES:
            known = matrix_of(pose(moving, degrees, shift))
            found = timed(carried(moving, known), fixed)
            note("native", np.linalg.inv(known) @ found, still, points)
    fixed = read(STRIPPED.format("t1c"))
    points = inside(fixed, 0)
    for name in ("t2w", "t2f"):
        moving = read(STRIPPED.format(name))
        for degrees, shift in POSES:
            known = pose(moving, degrees, shift)
            note("stripped", timed(cut(moving, known), fixed), matrix_of(known), points)
    answer: dict[str, Any] = {}
    for kind, errors in rows.items():
        mean, worst = np.mean(errors, axis=0), np.max(errors, axis=0)
        answer[kind] = [*mean.tolist(), *worst.tolist()]
    answer["wall"], answer["cpu"] = np.mean(spent, axis=0).tolist()
    answer["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer["digest"] = digest.hexdigest()[:12]
    return answer


def main() -> None:
    """Run the methods and print a table; a method named twice shows whether it repeats itself."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("methods", nargs="+", choices=METHODS)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        print(json.dumps(ask(METHODS[given.methods[0]], given.data)))
        return
    print("Mean (worst) error in mm in plane, across; seconds a registration; MiB; digest")
    for name in given.methods:
        command = [sys.executable, __file__, str(given.data), name, "--here"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
        if done.returncode:
            print(f"{name}: {done.stderr.strip().splitlines()[-1]}", flush=True)
            continue
        answer = json.loads(done.stdout.strip().splitlines()[-1])
        parts = [
            f"{kind} {m[0]:.2f} ({m[2]:.2f}), {m[1]:.2f} ({m[3]:.2f})"
            for kind, m in answer.items()
            if kind in {"native", "stripped"}
        ]
        print(
            f"{name}: {'; '.join(parts)}; wall {answer['wall']:.1f} cpu {answer['cpu']:.1f}; "
            f"{answer['memory']:.0f}; {answer['digest']}",
            flush=True,
        )


if __name__ == "__main__":
    main()
