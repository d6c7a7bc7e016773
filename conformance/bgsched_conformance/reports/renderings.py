"""
Everything that is rendered from the document, by name of its file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bgsched_conformance.page import page
from bgsched_conformance.reports import attestation, badge, markdown, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RENDERINGS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "report.html": page,
    "summary.md": markdown.summary,
    "badge.json": badge.endpoint,
    "badge.svg": badge.picture,
    "attestation.json": attestation.statement,
    "report.schema.json": schema.text,
}
"""
What is written beside ``report.json``. Documents come with the programs of their failures.
"""

FORMATS = {
    "html": "report.html",
    "markdown": "summary.md",
    "badge": "badge.svg",
    "shields": "badge.json",
    "attestation": "attestation.json",
}
"""
Those that can be printed, by a name for the command line.
"""
