"""Adobe Data Prep's mapping language: calculated fields, mapping sets, conversion to XDM.

A library of its own: it knows nothing of Singer, HTTP or delivery.
"""

from target_aep.dataprep.columnar import CellWarning, Mapped, TableMapper
from target_aep.dataprep.errors import ExpressionError, TransformError
from target_aep.dataprep.expressions import Expression, compile_expression
from target_aep.dataprep.mapping_set import Mapping, MappingSet, SourceType

__all__ = [
    "CellWarning",
    "Expression",
    "ExpressionError",
    "Mapped",
    "Mapping",
    "MappingSet",
    "SourceType",
    "TableMapper",
    "TransformError",
    "compile_expression",
]
