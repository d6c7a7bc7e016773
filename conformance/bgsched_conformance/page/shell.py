"""
What every page of the kit has around its content: the style, the switch of the theme, no network.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from bgsched_conformance.page.markup import escaped

if TYPE_CHECKING:
    from bgsched_conformance.page.markup import Html


def shell(kind: str, title: str, body: Html, *, style: str = "", script: str = "") -> str:
    """
    Write a whole page that needs no other file and no network.

    Its policy lets the browser apply this style and run this script, and load nothing; so a text
    that got in unescaped could do no harm. Style attributes are forbidden by it, too.

    Args:
        kind: What sort of page it is, shown at the top of it.
        title: Of the browser's window.
        body: The content of ``<main>``.
        style: CSS of this page, after that of all pages.
        script: JavaScript of this page, after that of all pages.
    """
    style = resource("page.css") + style
    script = resource("theme.js") + script
    return Template(resource("shell.html")).substitute(
        policy=(
            f"default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
            f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
        ),
        kind=escaped(kind),
        title=escaped(title),
        style=style,
        script=script,
        body=body,
    )


def resource(name: str) -> str:
    """
    Read a part of the pages.
    """
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
