"""
Collect the suite inside any project, untouched by the project's own settings.

Chapters are modules with a virtual path below the rootdir. pytest derives stable ids from it, such
as ``bgsched-kit/start::test_x``, that can be passed back on the command line from anywhere.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from bgsched_conformance import catalogue
from bgsched_conformance.catalogue import PREFIX

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from bgsched_conformance.catalogue import Entry
    from bgsched_conformance.selection import Chosen

# Only fixtures of these may touch our tests; a host's autouse fixtures and overrides must not.
_TRUSTED = {"_hypothesis_pytestplugin", "_pytest", "bgsched_conformance", "pytest", "xdist"}


class UntestableItem(pytest.Item):
    """
    Stands in the report for a clause that no fair test can judge.
    """

    reason = ""

    def runtest(self) -> None:
        """
        Skip, with the reason.
        """
        pytest.skip(self.reason)


class Chapter(pytest.Module):
    """
    One chapter of the suite.
    """

    module: str | None = None
    entries: tuple[Entry, ...] = ()

    def _getobj(self) -> ModuleType:
        # The host's import mode must not decide, nor load the module a second time.
        return importlib.import_module(self.module) if self.module else ModuleType(self.name)

    def funcnamefilter(self, name: str) -> bool:
        """
        Decide what a test is, instead of the host's ``python_functions``.
        """
        return name.startswith("test_")

    def classnamefilter(self, name: str) -> bool:  # noqa: ARG002 - pytest's signature
        """
        Take no class: its methods would obey the host's settings.
        """
        return False

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """
        Yield the items of the chapter that were selected.
        """
        wanted = {entry.name for entry in self.entries}
        yield from (node for node in super().collect() if node.name in wanted)
        for entry in self.entries:
            if entry.untestable:
                item: UntestableItem = UntestableItem.from_parent(self, name=entry.name)
                item.reason = entry.untestable
                yield item


class Root(pytest.Collector):
    """
    All chapters.
    """

    modules: Mapping[str, str | None]
    chosen: Chosen

    def collect(self) -> Iterable[Chapter]:
        """
        Yield the chapters that something was selected from.
        """
        for name, module in self.modules.items():
            entries = tuple(e for e in self.chosen.entries.values() if e.chapter == name)
            if entries:
                path = self.config.rootpath / PREFIX / name
                chapter: Chapter = Chapter.from_parent(self, path=path)
                chapter.name, chapter.module, chapter.entries = name, module, entries
                yield chapter


class Collection:
    """
    The hooks that put the suite into a run.
    """

    def __init__(self, modules: Mapping[str, str | None], chosen: Chosen) -> None:
        self._modules = modules
        self._chosen = chosen

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """
        Add the suite to what the session collects.
        """
        report = yield
        if isinstance(collector, pytest.Session) and report.outcome == "passed":
            root: Root = Root.from_parent(collector, name=PREFIX)
            root.modules, root.chosen = self._modules, self._chosen
            # An error in a thread of the implementation is a warning to pytest; under the host's
            # filter `error` it would fail whichever test runs next.
            root.add_marker(pytest.mark.filterwarnings("default"))
            report.result = [*(report.result or ()), root]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """
        Free our tests from the host's fixtures.
        """
        for item in items:
            if isinstance(item, pytest.Function) and is_ours(item):
                _free_from_host(item)


def is_ours(item: pytest.Item) -> bool:
    """
    Whether an item belongs to the suite.
    """
    return item.getparent(Chapter) is not None


def _free_from_host(item: pytest.Function) -> None:
    # Nothing public tells where a fixture comes from, nor takes one away.
    info, manager = item._fixtureinfo, item.session._fixturemanager  # noqa: SLF001
    trusted = {*_TRUSTED, catalogue.SUITE.partition(".")[0]}
    kept: dict[str, list[pytest.FixtureDef[object]]] = {}

    def keep(name: str) -> None:
        if name in kept:
            return
        visible = info.name2fixturedefs.get(name) or manager.getfixturedefs(name, item) or ()
        kept[name] = [
            definition
            for definition in visible
            if str(definition.func.__module__).partition(".")[0] in trusted
        ]
        for needed in kept[name][-1].argnames if kept[name] else ():
            keep(needed)

    for name in (*item.fixturenames, *info.argnames):
        keep(name)
    info.name2fixturedefs.clear()
    info.name2fixturedefs.update({name: found for name, found in kept.items() if found})
    item.fixturenames[:] = [name for name in kept if kept[name] or name == "request"]
    item._initrequest()  # noqa: SLF001 - pytest 8.3 copies the definitions when it makes an item
