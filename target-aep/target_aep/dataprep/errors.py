"""The two errors of the mapping language: one for texts, one for values."""

from __future__ import annotations

from target_aep.errors import ConfigurationError


class ExpressionError(ConfigurationError):
    """A calculated field or a path that cannot be understood.

    Args:
        message: What is wrong, as a sentence.
        text: The whole expression.
        position: Zero-based offset of the offending character in ``text``.
    """

    def __init__(self, message: str, text: str = "", position: int = 0) -> None:
        before = text[:position]
        self.message = message
        self.text = text
        self.position = position
        self.line = before.count("\n") + 1
        self.column = position - (before.rfind("\n") + 1) + 1
        super().__init__(f"line {self.line}, column {self.column}: {message}" if text else message)

    def pointer(self) -> str:
        """The offending line with a caret under the offending character."""
        lines = self.text.split("\n")
        return f"{lines[self.line - 1]}\n{' ' * (self.column - 1)}^"


class TransformError(Exception):
    """A value that an expression or a conversion cannot handle.

    It concerns one cell: Data Prep sets the destination to null, records a
    warning and goes on with the row.
    """
