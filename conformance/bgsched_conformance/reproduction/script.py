"""
Write the script of one failed test.
"""

from __future__ import annotations

import ast
import inspect
import io
import itertools
import textwrap
import tokenize
from typing import TYPE_CHECKING

from bgsched_conformance.machines import invariants
from bgsched_conformance.reproduction.bundle import bundle
from bgsched_conformance.reproduction.literals import Literals
from bgsched_conformance.reproduction.modules import KIT, Module, Own, Unbundled, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bgsched_conformance.clauses import Clause
    from bgsched_conformance.example import Example

_ROOT = "bgsched_conformance_script"
_STAGE = f"{KIT}.reproduction.stage"
MAIN = Own(_STAGE, "main")
_WIDTH = 100
_OPENING, _CLOSING = {"(", "[", "{"}, {")", "]", "}"}
_HEAD = '''"""
{promises}

{what}
It needs {needs} and runs by itself:

    python {name} [module:Class]

It exits with 1 while the fault lives, with 0 once it is gone, and with 2 if it cannot tell.
"""

from __future__ import annotations

'''
_FOREIGN = """

try:
{imports}
except ImportError as missing:
    print(f"ERROR   {{missing}}")
    sys.exit(2)
"""
_MACHINERY = """

# What follows is how the conformance kit watches a scheduler: what the text above is made with.


"""
_TAIL = """

if __name__ == "__main__":
    {main}(reproduce, "{spec}")
"""


def script_of(
    test: Callable[..., object], clauses: Sequence[Clause], spec: str, example: Example, name: str
) -> str | None:
    """
    Write a script that does what a failed test did, and needs nothing of the kit.

    Args:
        test: The test function of the suite.
        clauses: Those that the failure was laid on.
        spec: ``module:Class`` of the implementation.
        example: What a property test failed with.
        name: What the script's file will be called.

    Returns:
        The text, or None if the test cannot be taken out of the kit.
    """
    try:
        return _script(test, clauses, spec, example, name)
    except Unbundled:
        return None


def _script(
    test: Callable[..., object], clauses: Sequence[Clause], spec: str, example: Example, name: str
) -> str:
    root = root_of(test, example)
    found = bundle(root, MAIN, frozenset({KIT, test.__module__.partition(".")[0]}))
    foreign = textwrap.indent("\n".join(found.foreign), "    ")
    needs = "the implementation" + " and freezegun" * ("freezegun" in foreign)
    head = _HEAD.format(
        promises="\n".join(_promises(clauses)), what=_what(example, spec), needs=needs, name=name
    )
    return "".join(
        (
            head.replace("\\", "\\\\"),
            "\n".join(found.imports),
            _FOREIGN.format(imports=foreign) if foreign else "\n",
            f"\n\n{found.scenes}{_MACHINERY}{found.machinery}",
            _TAIL.format(main=found.names[MAIN], spec=spec),
        )
    )


def root_of(test: Callable[..., object], example: Example) -> Module:
    """
    Write the module that a script is bundled from: it imports the test and calls it.

    Raises:
        Unbundled: There is no way to call it.
    """
    literals = Literals()
    imports = {"Drawn": _STAGE, "steps": _STAGE}
    if example.machine is None:
        imports[test.__name__] = test.__module__
        body = ""
    else:
        machine = type(example.machine)
        imports[machine.__name__] = machine.__module__
        body = "\n".join(_machine_test(test, example, literals)) + "\n\n\n"
    call = "\n".join(_reproduce(test, example, literals))
    lines = [f"from {module} import {name}" for name, module in imports.items()]
    lines += [
        f"from {module} import {name} as {alias}"
        for alias, (module, name) in literals.imports.items()
    ]
    return Module(_ROOT, "\n".join(lines) + f"\n\n\n{body}{call}\n")


def _reproduce(test: Callable[..., object], example: Example, literals: Literals) -> Iterator[str]:
    offered = {"world": "world", "worlds": "stage.world", "target": "stage.target"}
    words = []
    for name in inspect.signature(test).parameters:
        if name in offered:
            words.append(offered.pop(name))
        else:
            raise Unbundled(f"{test.__name__} wants {name}")
    words += [f"{name}={literals.checked(value)}" for name, value in example.arguments.items()]
    for name, values in example.draws.items():
        words.append(f"{name}=Drawn({', '.join(map(literals.checked, values))})")
    yield "def reproduce(stage):"
    indent = "    "
    if "world" not in offered:
        yield "    with stage.world() as world:"
        indent *= 2
    yield from _call(test.__name__, words, indent)


def _machine_test(
    test: Callable[..., object], example: Example, literals: Literals
) -> Iterator[str]:
    """
    Write a test that does with a state machine what hypothesis did.
    """
    machine = type(example.machine)
    yield f"def {test.__name__}({', '.join(inspect.signature(test).parameters)}):"
    yield textwrap.indent(f'"""\n{inspect.getdoc(test)}\n"""', "    ")
    yield f"    state = {_made(test, machine)}"
    checked = [f"state.{name}" for name in invariants(machine)]
    yield from _call("with steps", ["state", *checked], " " * 4, ") as step:")
    if not example.steps:
        yield "        pass"
    for step in example.steps:
        words = [f"{name}={literals.checked(value)}" for name, value in step.arguments.items()]
        yield from _call("step", [f"state.{step.rule}", *words], " " * 8)


def _made(test: Callable[..., object], machine: type) -> str:
    for node in ast.walk(read(test.__module__).definitions[test.__name__]):
        if isinstance(node, ast.Lambda):
            return ast.unparse(node.body)
    raise Unbundled(f"{test.__name__} does not say how {machine.__name__} is made")


def _call(function: str, words: Sequence[str], indent: str, end: str = ")") -> Iterator[str]:
    yield from _wrapped(f"{function}({', '.join(words)}{end}", indent)


def _wrapped(text: str, indent: str) -> Iterator[str]:
    """
    Write what is too long for a line with what is in its outer brackets on lines of their own.
    """
    cuts: list[int] = []
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        depth += (token.string in _OPENING) - (token.string in _CLOSING)
        if token.string in _CLOSING and not depth:
            cuts.append(token.start[1])
            break
        if depth == 1 and token.string in {*_OPENING, ","}:
            cuts.append(token.end[1])
    if len(indent + text) <= _WIDTH or len(cuts) < len("()"):
        yield indent + text
        return
    yield indent + text[: cuts[0]]
    for begin, end in itertools.pairwise(cuts):
        item = text[begin:end].strip().removesuffix(",")
        if item:
            yield from _wrapped(f"{item},", indent + "    ")
    yield indent + text[cuts[-1] :]


def _promises(clauses: Sequence[Clause]) -> Iterator[str]:
    for clause in clauses:
        text = f"{clause.id} ({clause.level}): {clause.sentence}"
        yield "\n".join(textwrap.wrap(text, _WIDTH, subsequent_indent="    "))
        yield f"    {clause.source}"


def _what(example: Example, spec: str) -> str:
    shrunk = (
        " with the smallest example that was found" if example.arguments or example.steps else ""
    )
    return f"{spec} does otherwise: the test below fails{shrunk}."
