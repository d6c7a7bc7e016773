"""
The published JSON Schema of the document.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def text(_document: Mapping[str, Any]) -> str:
    """
    Return the schema, which is the same for every document of this format.
    """
    return (files(__package__) / "report.schema.json").read_text(encoding="utf-8")
