"""Gene expression: reading and writing the matrix, patient ids, standardising. Needs pandas.

May import ``errors`` and ``study``.
"""

from radiogenomics.expression.barcodes import patient_id_of
from radiogenomics.expression.matrix import ExpressionMatrix
from radiogenomics.expression.reading import read_expression
from radiogenomics.expression.report import Dropped, ExpressionReport
from radiogenomics.expression.scaling import Alignment, GeneScaler
from radiogenomics.expression.writing import write_expression

__all__ = [
    "Alignment",
    "Dropped",
    "ExpressionMatrix",
    "ExpressionReport",
    "GeneScaler",
    "patient_id_of",
    "read_expression",
    "write_expression",
]
