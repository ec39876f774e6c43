"""Hosts whose clocks are ten minutes apart send from one database: nobody twice, nobody lost, nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cluster_team import a_team

from newsletter.store.database import Store

pytestmark = pytest.mark.postgres
#: python reads it before anything else: this process's clock is wrong by so many seconds, after so many seconds
WRONG_CLOCK = """
import datetime, os, time

real, honest = datetime.datetime, time.time
by, after = float(os.environ["WRONG_BY"]), time.monotonic() + float(os.environ.get("WRONG_AFTER", "0"))

def shift():
    return by if time.monotonic() >= after else 0.0

class Shifted(real):
    @classmethod
    def now(cls, tz=None):
        return real.now(tz) + datetime.timedelta(seconds=shift())

time.time = lambda: honest() + shift()
datetime.datetime = Shifted
"""


@pytest.fixture
def url(make_postgres: Callable[[], Store]) -> str:
    return make_postgres().engine.url.render_as_string(hide_password=False)


def test_clocks_that_differ_by_minutes_and_one_that_jumps_change_nothing(url: str, tmp_path: Path) -> None:
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "sitecustomize.py").write_text(WRONG_CLOCK, encoding="utf-8")
    wrong = {"PYTHONPATH": str(tmp_path / "wrong")}
    with a_team(tmp_path, url, 240, wait=0.02) as team:
        # a machine that is slow for half a minute loses no lease; a clock that is ten minutes ahead would take it
        team.project.variables |= {"NEWSLETTER_TRANSPORT_LEASE": "60", "NEWSLETTER_TRANSPORT_PER_SECOND": "60"}
        team.confirm(240)
        team.hire(WRONG_BY="600", **wrong)
        team.hire(WRONG_BY="-600", **wrong)
        team.hire(WRONG_BY="3600", WRONG_AFTER="4", **wrong)
        # a batch that waits for a clock to be right waits ten minutes
        team.wait_for_the_end(180)
        team.check(240, doubts=0)
