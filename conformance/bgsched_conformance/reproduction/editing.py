"""
Cut a definition down to what a script needs of it, and leave the rest of its text as it is.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING, NamedTuple

from bgsched_conformance.reproduction.scopes import Function

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from bgsched_conformance.reproduction.definitions import Definition
    from bgsched_conformance.reproduction.modules import Module, Origin
    from bgsched_conformance.reproduction.reach import Piece

_OPERATORS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_WIDTH = 100
_FOR_TOOLS = re.compile(r"#\s*(?:noqa|type: ignore)[^-]*(?:- )?")
_BETWEEN = {tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT}
# From Python 3.12 on, an f-string is of several tokens.
_TEXTS = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


class Edit(NamedTuple):
    """
    Text that takes the place of what stands between two places of a module.
    """

    start: int
    end: int
    text: str = ""


def edited(
    piece: Piece, names: Mapping[Origin, str], check: str, explained: Container[str] | None
) -> str:
    """
    Return the text of a definition as it stands in a script.

    Args:
        piece: The definition.
        names: What each name is called in the script.
        check: What the function is called that takes the place of asserted comparisons.
        explained: Names of functions that keep the first line of their docstring; None if all
            docstrings stay as they are.
    """
    module = piece.of.module
    first, last = module.block(piece.of.node)
    start, end = module.offset(first), module.offset(last + 1)
    edits = [
        *_decorations(piece),
        *(Edit(*span) for span in piece.cuts()),
        *_annotations(piece.of),
        *_comparisons(piece, check),
        *_names(piece, names),
        *([] if explained is None else _docstrings(piece.of, explained)),
    ]
    text = _applied(module, start, end, edits)
    return _joined(_without_notes_for_tools(text)).rstrip() + "\n"


def _applied(module: Module, start: int, end: int, edits: list[Edit]) -> str:
    text, position = b"", start
    # The widest first, of those that begin together: what stands within a cut is cut.
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if start <= edit.start and position <= edit.start:
            text += module.text(position, edit.start) + edit.text.encode()
            position = edit.end
    return (text + module.text(position, end)).decode()


def _decorations(piece: Piece) -> Iterator[Edit]:
    module = piece.of.module
    for one in piece.of.decorations:
        begin, end = module.span(one)
        if module.text(begin - 1, begin) == b"@":
            yield Edit(module.offset(one.lineno), module.offset((one.end_lineno or 0) + 1))
        else:  # the only base of a class
            yield Edit(begin - 1, end + 1)


def _docstrings(of: Definition, explained: Container[str]) -> Iterator[Edit]:
    module = of.module
    for each in of.nodes:
        if not isinstance(each, Function | ast.ClassDef):
            continue
        text = ast.get_docstring(each)
        if text is None:
            continue
        stated = each.body[0]
        if each.name in explained:
            yield Edit(*module.span(stated), f'"""{text.strip().splitlines()[0]}"""')
        elif len(each.body) == 1:
            yield Edit(*module.span(stated), "pass")
        else:
            rest = module.offset(module.block(each.body[1])[0])
            yield Edit(module.offset(stated.lineno), rest)


def _annotations(of: Definition) -> Iterator[Edit]:
    module = of.module
    for each in of.nodes:
        if isinstance(each, Function):
            arguments = each.args
            for argument in ast.walk(arguments):
                if isinstance(argument, ast.arg) and argument.annotation is not None:
                    name_ends = module.span(argument)[0] + len(argument.arg.encode())
                    yield Edit(name_ends, module.span(argument.annotation)[1])
                    yield from _default(module, argument, arguments)
            if each.returns is not None:
                begin, end = module.span(each.returns)
                closed = module.text(0, begin).rindex(b")") + 1
                yield Edit(closed, end)
        elif isinstance(each, ast.AnnAssign) and not _is_field(each, of.node):
            yield Edit(module.span(each.target)[1], module.span(each.annotation)[1])


def _default(module: Module, argument: ast.arg, arguments: ast.arguments) -> Iterator[Edit]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = dict(
        [
            *zip(reversed(positional), reversed(arguments.defaults), strict=False),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
    )
    default = defaults.get(argument)
    if default is not None:
        between = module.span(argument)[1], module.span(default)[0]
        if module.text(*between) == b" = ":
            yield Edit(*between, "=")


def _is_field(assignment: ast.AnnAssign, node: ast.stmt) -> bool:
    return assignment.value is None or (isinstance(node, ast.ClassDef) and assignment in node.body)


def _comparisons(piece: Piece, check: str) -> Iterator[Edit]:
    """
    Replace ``assert a == b`` by ``check(a, "==", b)``, which can tell both when they differ.
    """
    module = piece.of.module
    for each in piece.of.comparisons:
        assert isinstance(each.test, ast.Compare)
        operator = _OPERATORS[type(each.test.ops[0])]
        left, right = each.test.left, each.test.comparators[0]
        start, end = module.span(each)
        before, between = module.span(each.test)[0], (module.span(left)[1], module.span(right)[0])
        if module.text(start, before) == b"assert ":
            yield Edit(start, before, f"{check}(")
            yield Edit(end, end, ")")
        else:  # it stands in parentheses
            yield Edit(start, start + len("assert "), check)
        written = r"\s*" + r"\s+".join(map(re.escape, operator.split())) + r"\s*"
        gap = re.sub(written, f', "{operator}", ', module.text(*between).decode(), count=1)
        yield Edit(*between, gap)


def _names(piece: Piece, names: Mapping[Origin, str]) -> Iterator[Edit]:
    module, renamed = piece.of.module, dict[str, str]()
    if isinstance(piece.of.node, ast.FunctionDef | ast.ClassDef):
        begin = module.span(piece.of.node)[0] + len(
            "def " if isinstance(piece.of.node, Function) else "class "
        )
        yield Edit(begin, begin + len(piece.of.own.name), names[piece.of.own])
    is_lost = False
    for reference in piece.references():
        name = names[reference.origin]
        if name != reference.spelt:
            renamed[reference.spelt] = name
            if module.text(reference.start, reference.end).decode() == reference.spelt:
                yield Edit(reference.start, reference.end, name)
            else:
                is_lost = True
    if is_lost:
        # Python before 3.12 does not know where in an f-string a name stands.
        for each in piece.of.nodes:
            if isinstance(each, ast.JoinedStr):
                begin, end = module.span(each)
                text = module.text(begin, end).decode()
                for spelt, name in renamed.items():
                    text = re.sub(rf"(?<![\w.]){re.escape(spelt)}\b", name, text)
                yield Edit(begin, end, text)


def _without_notes_for_tools(text: str) -> str:
    lines = text.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for token in tokens:
        noted = _FOR_TOOLS.match(token.string)
        if token.type == tokenize.COMMENT and noted:
            line, column = token.start
            reason = token.string[noted.end() :].strip()
            code = lines[line - 1][:column].rstrip()
            lines[line - 1] = f"{code}  # {reason}\n" if reason else f"{code}\n"
    return "".join(lines)


def _joined(text: str) -> str:
    """
    Write statements on one line that needed several before they were cut down.
    """
    meaning = ast.dump(ast.parse(text))
    # The last comma goes, unless it is what makes a tuple.
    for ending in (",", ""):
        joined = _join(text, ending)
        if ast.dump(ast.parse(joined)) == meaning:
            return joined
    return text


def _join(text: str, ending: str) -> str:
    lines = text.splitlines(keepends=True)
    first, plain = 0, True
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NEWLINE:
            last = token.end[0]
            if plain and last > first:
                line = lines[first - 1].rstrip()
                for following in map(str.strip, lines[first:last]):
                    if following[0] in ")]}":
                        line = line.removesuffix(ending) + following
                    else:
                        line += following if line[-1] in "([{" else f" {following}"
                if len(line) <= _WIDTH:
                    lines[first - 1 : last] = [f"{line}\n", *[""] * (last - first)]
            first, plain = 0, True
        elif first or token.type not in _BETWEEN:
            first = first or token.start[0]
            is_long = token.type in _TEXTS and token.start[0] < token.end[0]
            plain &= token.type != tokenize.COMMENT and not is_long
    return "".join(lines)
