"""
Toy adapters, one for each way of coming out.
"""

from typing import Any

from bgsched_conformance.adapters import Adapter


class Replying(Adapter):
    """
    Translates the one method of `toysched.Foreign` that has another name.
    """

    def wrap(self, cls: type[Any]) -> type[Any]:
        """
        Return a class that answers.
        """
        return type("Face", (cls,), {"answer": lambda self: self.reply()})


class Mute(Replying):
    """
    Declares off what the class does not offer.
    """

    supports = {"answers": False}

    def wrap(self, cls: type[Any]) -> type[Any]:
        """
        Return the class as it is.
        """
        return cls


class Modest(Replying):
    """
    Declares off what it translates.
    """

    supports = {"answers": False}


class Boastful(Mute):
    """
    Claims what it does not translate.
    """

    supports = {"answers": True}


class Misspelt(Replying):
    """
    Names a capability that there is not.
    """

    supports = {"pauze": False}


class Vague(Replying):
    """
    Says neither yes nor no.
    """

    supports = {"pause": "no"}


class Listing(Replying):
    """
    Lists what it should map.
    """

    supports = ["pause"]  # type: ignore[assignment]


class Failing(Replying):
    """
    Cannot wrap.
    """

    def wrap(self, cls: type[Any]) -> type[Any]:
        """
        Raise.
        """
        raise LookupError(f"no way\nto wrap {cls}")


class Building(Replying):
    """
    Wraps an instance.
    """

    def wrap(self, cls: type[Any]) -> Any:
        """
        Return no class.
        """
        return cls()


class Unbuildable(Replying):
    """
    Cannot be built.
    """

    def __init__(self) -> None:
        raise OSError("no licence")


nothing = [1]
