"""
What the kit does besides judging: ``python -m bgsched_conformance COMMAND``.

A command is a module with ``add_arguments(parser)`` and ``run(arguments) -> int``, which returns
the exit status. Only the module of the command that was asked for is imported.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = "python -m bgsched_conformance"
COMMANDS = {
    "compare": ("comparison.compare", "show reports of several implementations side by side"),
    "matrix": ("comparison.matrix", "judge several distributions, each in its own environment"),
    "render": ("reports.rendering", "write again what is made of a report"),
    "replay": ("replay", "run the scripts of a report: which failures are still there"),
    "schema": ("reports.schema", "print the JSON Schema of reports"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Do what the command line says and return the exit status.

    Args:
        arguments: Of the command line; None for those of the process.

    Raises:
        SystemExit: The command line cannot be understood, or asks for help.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    # "@FILE" stands for the arguments in a file, one a line.
    parser = argparse.ArgumentParser(prog=PROGRAM, fromfile_prefix_chars="@")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, (module, purpose) in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=purpose)
        if words[:1] == [name]:
            chosen = import_module(f"{__package__}.{module}")
            chosen.add_arguments(command)
            command.set_defaults(run=chosen.run)
    options = parser.parse_args(words)
    if options.command is None:
        parser.print_help(sys.stderr)
        return 2
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has read enough, as `head` does; the interpreter must not flush once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
