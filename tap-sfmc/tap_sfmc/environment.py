"""Settings from environment variables, by the SDK's rules, and which variable cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.configuration._dict_config import parse_environment_config

from tap_sfmc.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


def from_environment(schema: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The settings that variables give.

    Args:
        schema: JSON Schema of the configuration.
        prefix: Of the variables' names.

    Raises:
        ConfigurationError: A variable does not have what its setting needs.
    """
    try:
        return parse_environment_config(dict(schema), prefix)
    except ValueError:
        # The library does not say which one, but has the value in its text, which is not to be logged.
        properties = schema["properties"].items()
        name, kind = next((name, kind) for name, kind in properties if not _readable(name, kind, prefix))
        needed = "a whole number" if "integer" in kind["type"] else "JSON"
        message = f"The variable {prefix}{name.upper()} is not {needed}."
        raise ConfigurationError(message) from None


def _readable(name: str, kind: Mapping[str, Any], prefix: str) -> bool:
    try:
        parse_environment_config({"properties": {name: kind}}, prefix)
    except ValueError:
        return False
    return True
