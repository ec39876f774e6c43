"""How the suite is shared out to its workers: whole modules, the longest first, so that both end together.

What a module or a run makes (a server, a browser, a project to copy) is made once by each worker that needs it: fewer
when modules stay whole. pytest-xdist's own groups rest on `item._nodeid`, which pytest no longer reads (9.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

#: modules that are never at work beside one another: real processes with bounds of time, on one PostgreSQL
TOGETHER = {
    "tests/e2e/test_cluster_clocks.py": "processes",
    "tests/e2e/test_cluster_kills.py": "processes",
    "tests/e2e/test_cluster_network.py": "processes",
    "tests/e2e/test_kill_workers.py": "processes",
    "tests/e2e/test_two_serves.py": "processes",
    "tests/delivery/test_cluster.py": "processes",
}
#: what takes longest, in this order; everything else follows in the order of its files
FIRST = (
    *TOGETHER,
    "tests/e2e/studio/",
    "tests/e2e/test_bad_input.py",
    "tests/e2e/test_wheel.py",
    "tests/e2e/",
    "tests/schedule/test_kills.py",
    "tests/schedule/test_schedule_serve.py",
    "tests/cli/",
    "tests/web/",
    "tests/edition/test_accessibility.py",
    "tests/contracts/",
    "tests/delivery/",
    "tests/edition/",
    "tests/store/",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put what takes longest first, where several workers share the work."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """Hand out modules in place of single tests."""
    from xdist.scheduler import LoadScopeScheduling

    class Modules(LoadScopeScheduling):
        """Hands out modules in the order of the collection."""

        def _split_scope(self, nodeid: str) -> str:
            path = _path(nodeid)
            return TOGETHER.get(path, path)

    if config.getvalue("dist") != "loadgroup":
        return None
    config.option.loadscopereorder = False
    return Modules(config, log)


def _path(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _rank(nodeid: str) -> int:
    path = _path(nodeid)
    return next((rank for rank, start in enumerate(FIRST) if path.startswith(start)), len(FIRST))
