"""Gene expression: reading the matrix, patient ids, standardising per gene. Needs pandas.

May import ``errors`` and ``study``.
"""

from radiogenomics.expression.barcodes import patient_id_of
from radiogenomics.expression.matrix import ExpressionMatrix
from radiogenomics.expression.reading import read_expression
from radiogenomics.expression.report import Dropped, ExpressionReport
from radiogenomics.expression.scaling import Alignment, GeneScaler

__all__ = [
    "Alignment",
    "Dropped",
    "ExpressionMatrix",
    "ExpressionReport",
    "GeneScaler",
    "patient_id_of",
    "read_expression",
]
