"""
Put a module and all that it needs of the kit into the text of one module.
"""

from __future__ import annotations

import ast
import builtins
import itertools
import sys
from typing import TYPE_CHECKING, NamedTuple

from bgsched_conformance import catalogue
from bgsched_conformance.reproduction.editing import edited
from bgsched_conformance.reproduction.modules import KIT, Outside, Own, Unbundled
from bgsched_conformance.reproduction.reach import CHECK, Piece, reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bgsched_conformance.reproduction.modules import Module, Origin


# Classes of pytest, and what does as well where there is no pytest.
_STANDING_IN = {Outside("_pytest.outcomes", "Skipped"): "BaseException"}


class Bundle(NamedTuple):
    """
    The parts of one module's text.

    Attributes:
        imports: Of the standard library, sorted.
        foreign: Those of other distributions, sorted.
        names: What each name is called.
        scenes: The definitions of the root and of the suite.
        machinery: Those of the rest of the kit.
    """

    imports: list[str]
    foreign: list[str]
    names: dict[Origin, str]
    scenes: str
    machinery: str


def bundle(root: Module, main: Own, inside: frozenset[str]) -> Bundle:
    """
    Bundle what the definitions of a module need.

    Args:
        root: Written for this purpose; its definitions come first and keep their docstrings.
        main: What is needed besides.
        inside: The top packages whose modules are bundled.

    Raises:
        Unbundled: Something is needed that cannot be put into a script.
    """
    pieces = reach(root, main, inside)
    names = named(pieces.values(), inside)
    outside = [origin for origin in names if isinstance(origin, Outside)]
    scenes = [own for own in pieces if own.module == root.name or not _is_machinery(own.module)]
    scenes.sort(key=lambda own: not own.name.startswith("test_"))
    texts = _Texts(pieces, names, _spoken_of([pieces[own] for own in scenes]))
    # In the order of the modules, so that what belongs together stands together.
    modules = list(dict.fromkeys([own.module for own in pieces if own.module != main.module]))
    modules.append(main.module)
    rest = sorted(pieces, key=lambda own: (modules.index(own.module), pieces[own].of.node.lineno))
    own_imports = [origin for origin in outside if _is_standard(origin)]
    return Bundle(
        _imports(own_imports, names),
        _imports([origin for origin in outside if origin not in own_imports], names),
        names,
        texts.of_all(scenes),
        texts.of_all(rest),
    )


def _is_machinery(module: str) -> bool:
    return module.startswith(f"{KIT}.") and not module.startswith(f"{catalogue.SUITE}.")


def _is_standard(origin: Outside) -> bool:
    return origin in _STANDING_IN or origin.module.partition(".")[0] in sys.stdlib_module_names


def _imports(origins: Iterable[Outside], names: dict[Origin, str]) -> list[str]:
    plain, named = set(), dict[str, set[str]]()
    for origin in origins:
        if origin in _STANDING_IN:
            continue
        wanted = origin.name or origin.module
        written = wanted if names[origin] == wanted else f"{wanted} as {names[origin]}"
        if origin.name:
            named.setdefault(origin.module, set()).add(written)
        else:
            plain.add(f"import {written}")
    return [
        *sorted(plain),
        *(
            f"from {module} import {', '.join(sorted(those))}"
            for module, those in sorted(named.items())
        ),
    ]


def named(pieces: Iterable[Piece], inside: frozenset[str]) -> dict[Origin, str]:
    """
    Choose what everything is called: as it is where that is free, else with its module before it.

    Args:
        pieces: All that a script consists of.
        inside: The top packages whose modules are bundled.

    Raises:
        Unbundled: Something is needed that a script cannot have.
    """
    taken = set(dir(builtins))
    avoided: dict[Origin, set[str]] = {CHECK: set()}
    origins: dict[Origin, None] = {}
    for piece in pieces:
        local = piece.of.identifiers
        origins[piece.of.own] = None
        if piece.of.comparisons:
            avoided[CHECK] |= local
        for reference in piece.references():
            origins[reference.origin] = None
            if reference.spelt != _own_name(reference.origin):
                # Where it is spelt in another way, something else may have its own name.
                avoided.setdefault(reference.origin, set()).update(local)
    names: dict[Origin, str] = {}
    for origin in sorted(origins, key=lambda origin: isinstance(origin, Own)):  # theirs are fixed
        if isinstance(origin, Outside):
            _refuse(origin, inside)
            if origin in _STANDING_IN:
                names[origin] = _STANDING_IN[origin]
                continue
        name = _own_name(origin)
        if name in taken | avoided.get(origin, set()):
            before = origin.module.rpartition(".")[2].strip("_")
            name = f"{'_' * name.startswith('_')}{before}_{name.lstrip('_')}"
        while name in taken | avoided.get(origin, set()):
            name += "_"
        taken.add(name)
        names[origin] = name
    return names


def _own_name(origin: Origin) -> str:
    return origin.name or origin.module


def _refuse(origin: Outside, inside: frozenset[str]) -> None:
    top = origin.module.partition(".")[0]
    if origin not in _STANDING_IN and top in {*inside, "hypothesis", "pytest", "_pytest"}:
        raise Unbundled(f"it needs {origin.module}.{origin.name}")


def _spoken_of(pieces: Iterable[Piece]) -> set[str]:
    """
    Return the names of whatever the readable part uses, and its reader may ask what that is.
    """
    names = {reference.origin.name for piece in pieces for reference in piece.references()}
    return names.union(*(piece.mentioned() for piece in pieces))


class _Texts:
    """
    The texts of pieces, each given once, and after those that it needs when it is defined.
    """

    def __init__(
        self, pieces: dict[Own, Piece], names: dict[Origin, str], explained: set[str]
    ) -> None:
        self._pieces = pieces
        self._names = names
        self._explained = explained
        self._given: set[tuple[str, int]] = set()

    def of_all(self, owns: list[Own]) -> str:
        """
        Return the texts of some pieces, as modules are written.
        """
        texts = [text for own in owns for text in self._of(self._pieces[own])]
        lines = [text.count("\n") for text in texts]
        gaps = ["" if pair == (1, 1) else "\n\n" for pair in itertools.pairwise(lines)]
        return "".join(itertools.chain(*zip(texts, [*gaps, ""], strict=True)))

    def _of(self, piece: Piece) -> Iterator[str]:
        """
        Yield the text of a piece, those that must come before it first.
        """
        key = piece.of.own.module, piece.of.node.lineno
        if key not in self._given:
            self._given.add(key)
            for earlier in self._needed_at_once(piece):
                yield from self._of(earlier)
            check = self._names.get(CHECK, "")
            is_machinery = _is_machinery(piece.of.own.module)
            yield edited(piece, self._names, check, self._explained if is_machinery else None)

    def _needed_at_once(self, piece: Piece) -> Iterator[Piece]:
        """
        Yield what a definition reads when it is run; of what it may call then, all that is needed.
        """
        late = [
            (piece.of.module.span(node.body[0])[0], piece.of.module.span(node.body[-1])[1])
            for node in piece.of.functions
        ]
        for reference in piece.references():
            if not any(begin <= reference.start < end for begin, end in late):
                own = reference.origin
                if isinstance(own, Own):
                    is_class = isinstance(piece.of.node, ast.ClassDef)
                    yield from [self._pieces[own]] if is_class else self._all(self._pieces[own])

    def _all(self, piece: Piece) -> list[Piece]:
        found = {piece.of.own: piece}
        waiting = [piece]
        while waiting:
            for reference in waiting.pop().references():
                own = reference.origin
                if isinstance(own, Own) and own not in found:
                    found[own] = self._pieces[own]
                    waiting.append(found[own])
        return list(found.values())
