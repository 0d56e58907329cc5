"""JSON schemas as the strict mode of structured output takes them."""

from typing import Any

from pydantic import BaseModel

# Strict mode refuses what it does not enforce; pydantic checks these afterwards.
_DROPPED = {
    "title",
    "default",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "pattern",
    "format",
}


def strict_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the model's schema with every property required and none beside them."""
    strict: dict[str, Any] = _strict(model.model_json_schema())
    return strict


def _strict(part: Any) -> Any:
    if isinstance(part, list):
        return [_strict(each) for each in part]
    if not isinstance(part, dict):
        return part
    kept = {name: _strict(value) for name, value in part.items() if name not in _DROPPED}
    if "properties" in part:
        # The names of properties are no keywords: a property called `title` stays.
        kept["properties"] = {name: _strict(value) for name, value in part["properties"].items()}
        kept["required"] = list(part["properties"])
        kept["additionalProperties"] = False
    return kept
