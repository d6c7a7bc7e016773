"""
Everything that is rendered from the document, by name of its file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bgsched_conformance.reports import attestation, badge, markdown, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RENDERINGS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "summary.md": markdown.summary,
    "badge.json": badge.endpoint,
    "badge.svg": badge.picture,
    "attestation.json": attestation.statement,
    "report.schema.json": schema.text,
}
FORMATS = {
    "markdown": "summary.md",
    "badge": "badge.svg",
    "shields": "badge.json",
    "attestation": "attestation.json",
}
