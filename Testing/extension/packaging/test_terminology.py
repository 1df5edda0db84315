"""Slicer's terminology logic reads the extension's own file."""

from __future__ import annotations

import json
import subprocess

LOAD = """
import json, sys
import slicer
logic = slicer.vtkSlicerTerminologiesModuleLogic()
context = logic.LoadTerminologyFromFile(sys.argv[1])
category, entry = slicer.vtkSlicerTerminologyCategory(), slicer.vtkSlicerTerminologyType()
types = []
for c in range(logic.GetNumberOfCategoriesInTerminology(context)):
    logic.GetNthCategoryInTerminology(context, c, category)
    for t in range(logic.GetNumberOfTypesInTerminologyCategory(context, category)):
        logic.GetNthTypeInTerminologyCategory(context, category, t, entry)
        types.append([
            *(read(code) for code in (category, entry) for read in (
                lambda code: code.GetCodingSchemeDesignator(),
                lambda code: code.GetCodeValue(),
                lambda code: code.GetCodeMeaning(),
            )),
            list(entry.GetRecommendedDisplayRGBValue()),
        ])
print(json.dumps([context, types]))
"""
CATEGORY = ["SCT", "49755003", "Morphologically Altered Structure"]


def test_the_three_regions_are_found_with_their_codes_and_colours(tree, slicer_python):
    file = tree.module / "Resources" / "Terminologies" / "Radiogenomics.term.json"
    ran = subprocess.run(
        [slicer_python, "-I", "-c", LOAD, file], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    context, types = json.loads(ran.stdout.splitlines()[-1])
    assert context == "Radiogenomics"
    assert types == [
        [*CATEGORY, "NCIt", "C113842", "Enhancing Lesion", [232, 130, 12]],
        [*CATEGORY, "SCT", "79654002", "Edema", [47, 143, 224]],
        [*CATEGORY, "SCT", "6574001", "Necrosis", [0, 162, 122]],
    ]
