"""
``python -m bgsched_conformance COMMAND``: what is done with reports when the run is over.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from bgsched_conformance.reports import rendering, schema
from bgsched_conformance.reports.reading import ReportError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Each of these has add_arguments(parser) and run(arguments), which returns the exit status.
COMMANDS: dict[str, Any] = {
    "render": rendering,
    "schema": schema,
}
_WRONG = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command that the arguments name; return the exit status.
    """
    parser = argparse.ArgumentParser(
        prog="python -m bgsched_conformance", description="Work with reports of conformance runs."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        told = (module.run.__doc__ or "").strip().partition("\n")[0]
        module.add_arguments(commands.add_parser(name, help=told, description=told))
    asked = parser.parse_args(arguments)
    try:
        return int(COMMANDS[asked.command].run(asked))
    except ReportError as error:
        sys.stderr.write(f"{asked.command}: {error}\n")
        return _WRONG


if __name__ == "__main__":
    sys.exit(main())
