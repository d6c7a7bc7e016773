"""
A comparison as a page of HTML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bgsched_conformance.comparison.table import Table


def document(table: Table, title: str) -> str:
    """
    Return the page.
    """
    return f"{title} {table}"
