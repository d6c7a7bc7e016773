"""
HTML put together from elements: text is escaped unless it is `Html` already.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_VOID = frozenset({"input", "wbr"})
# HTML cannot carry these at all; the pictures that Unicode has for them say what was there.
_CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {127: 0x2421}
_INLINE = re.compile(r"(?P<ticks>`+)(?P<code>.+?)(?P=ticks)|\*(?P<emphasis>\w[^*]*)\*")


class Html(str):
    """
    A text that is HTML, so it is not escaped again.
    """

    __slots__ = ()


def escaped(text: str) -> Html:
    """
    Make HTML of any text, whatever characters are in it.
    """
    if isinstance(text, Html):
        return text
    encodable = text.encode("utf-8", "backslashreplace").decode("utf-8")  # lone surrogates are not
    return Html(html.escape(encodable.translate(_CONTROLS)))


def element(name: str, /, *content: str | None, **attributes: str | bool | None) -> Html:
    """
    Write an element.

    Args:
        name: Of the element.
        content: Texts and elements; None stands for nothing.
        attributes: By name, where ``_`` stands for ``-`` and is left out at the end. True is
            written as the name alone; False and None not at all.
    """
    opened = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escaped(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Html(f"<{name}{opened}>")
    return Html(f"<{name}{opened}>{joined(content)}</{name}>")


def joined(content: Iterable[str | None], separator: str = "") -> Html:
    """
    Put texts and elements behind each other; None stands for nothing.
    """
    return Html(escaped(separator).join(escaped(part) for part in content if part is not None))


def inline(text: str) -> Html:
    """
    Make HTML of a line with Markdown's backticks and emphasis.
    """
    parts: list[str] = []
    end = 0
    for match in _INLINE.finditer(text):
        name = "code" if match["code"] else "em"
        parts += [text[end : match.start()], element(name, match["code"] or match["emphasis"])]
        end = match.end()
    return joined([*parts, text[end:]])
