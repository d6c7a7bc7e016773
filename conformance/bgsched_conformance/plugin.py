"""
The pytest plugin. Without ``--bgsched-impl`` it declares its options and does nothing else.

Loaded in every pytest run of every project that has the kit installed: nothing but pytest and the
standard library is imported until the option is there.
"""

from __future__ import annotations

import pytest

from bgsched_conformance import options

# Before anything imports the suite, or its assertions tell nothing.
pytest.register_assert_rewrite("bgsched_conformance.suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    """
    Declare the kit's options.
    """
    options.add(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """
    Print the clauses, if that was asked for.
    """
    if not config.getoption("bgsched_list"):
        return None
    from bgsched_conformance import kit  # noqa: PLC0415 - heavy

    return kit.print_clauses(config)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """
    Bring the kit into the run, if an implementation was named.
    """
    config.addinivalue_line("markers", "bgsched: reserved for the scheduler conformance kit")
    asked = config.getoption("bgsched_impl"), config.getoption("bgsched_against")
    if asked != (None, None):
        from bgsched_conformance import kit  # noqa: PLC0415 - heavy

        kit.configure(config)
