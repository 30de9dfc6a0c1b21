"""Adobe Data Prep's mapping language: calculated fields, mapping sets, conversion to XDM.

A library of its own: it knows nothing of Singer, HTTP or delivery.
"""

from target_aep.dataprep.errors import ExpressionError, TransformError
from target_aep.dataprep.expressions import Expression, compile_expression

__all__ = ["Expression", "ExpressionError", "TransformError", "compile_expression"]
