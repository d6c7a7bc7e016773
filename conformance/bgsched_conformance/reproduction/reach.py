"""
What a test needs of the kit: the definitions that its names lead to, and the methods it mentions.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from bgsched_conformance.reproduction.definitions import Definition
from bgsched_conformance.reproduction.modules import KIT, Own, read

if TYPE_CHECKING:
    from bgsched_conformance.reproduction.definitions import Reference
    from bgsched_conformance.reproduction.modules import Module, Origin, Span
    from bgsched_conformance.reproduction.scopes import Function

# What asserted comparisons become, so that both sides can be told.
CHECK = Own(f"{KIT}.reproduction.stage", "check")


class Piece:
    """
    A definition, and the part of it that is needed.

    Attributes:
        of: The definition.
        dropped: The methods that are not needed, as far as is known.
    """

    def __init__(self, of: Definition) -> None:
        self.of = of
        self.dropped: list[Function] = of.methods

    def cuts(self) -> list[Span]:
        """
        Return where what is not needed stands.
        """
        module = self.of.module
        cut = [*self.of.draws, *map(module.span, self.of.decorations)]
        for first, last in map(module.block, self.dropped):
            cut.append((module.offset(first), module.offset(module.next_written(last))))
        return cut

    def references(self) -> list[Reference]:
        """
        Return the names that mean something of other definitions or modules.
        """
        cuts = self.cuts()
        return [one for one in self.of.references if not _within(one.start, cuts)]

    def mentioned(self) -> set[str]:
        """
        Return the names of the attributes that it reads or calls.
        """
        cuts = self.cuts()
        return {name for place, name in self.of.mentioned if not _within(place, cuts)}

    def keep(self, names: set[str]) -> bool:
        """
        Take in the methods of these names; False if there are none left out.
        """
        before = len(self.dropped)
        self.dropped = [method for method in self.dropped if method.name not in names]
        return len(self.dropped) < before


def _within(place: int, cuts: list[Span]) -> bool:
    return any(begin <= place < end for begin, end in cuts)


@cache
def _of_kit(own: Own, inside: frozenset[str]) -> Definition:
    return Definition(own, read(own.module), inside)


def reach(root: Module, main: Own, inside: frozenset[str]) -> dict[Own, Piece]:
    """
    Return what all definitions of a module need, in the order in which it was come upon.

    Args:
        root: Where to begin.
        main: What is needed besides.
        inside: The top packages whose modules are bundled.

    Raises:
        Unbundled: Something is needed that cannot be put into a script.
    """
    owns = [Own(root.name, name) for name in root.definitions]
    pieces = {own: Piece(Definition(own, root, inside)) for own in owns}
    mentioned: set[str] = set()
    waiting = list(pieces.values())
    while waiting:
        piece = waiting.pop(0)
        needed: list[Origin] = [reference.origin for reference in piece.references()]
        needed += [CHECK] if piece.of.comparisons else []
        mentioned |= piece.mentioned()
        if not waiting:
            needed.append(main)  # last, as the least interesting
        for own in needed:
            if isinstance(own, Own) and own not in pieces:
                pieces[own] = Piece(_of_kit(own, inside))
                waiting.append(pieces[own])
        if not waiting:
            waiting = [each for each in pieces.values() if each.keep(mentioned)]
    return pieces
