"""A real Postfix in a folder of its own: a port of 127.0.0.1, virtual mailboxes into Maildirs, nothing ever relayed.

It needs root (Postfix's master gives up its rights by itself) and is stopped with its processes at the end.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

#: what a send needs of Postfix's services; no chroot, nothing that delivers anywhere but into Maildirs
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log/postfix.log
maillog_file_prefixes = {folder}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:9
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
local_transport = error:nobody lives here
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = regexp:{folder}/etc/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
virtual_alias_maps =
alias_maps =
alias_database =
local_recipient_maps =
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
append_dot_mydomain = no
in_flow_delay = 0
enable_long_queue_ids = yes
biff = no
notify_classes =
{tls}
"""
TLS = """
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {certificate}
smtpd_tls_loglevel = 0
"""


@dataclass
class Postfix:
    """A running Postfix."""

    folder: Path
    port: int

    def mails(self) -> list[bytes]:
        """Every mail that it delivered."""
        return [path.read_bytes() for path in (self.folder / "mail").rglob("new/*")]

    def wait_for(self, count: int, seconds: float) -> None:
        """Wait until so many mails lie in the Maildirs."""
        until = time.monotonic() + seconds
        while (there := sum(1 for _ in (self.folder / "mail").rglob("new/*"))) < count:
            if time.monotonic() > until:
                raise AssertionError(f"{there} of {count} mails after {seconds} s\n{self.log()[-3000:]}")
            time.sleep(0.2)

    def log(self) -> str:
        path = self.folder / "log" / "postfix.log"
        return path.read_text(errors="replace") if path.exists() else ""


def why_not() -> str:
    """Say why Postfix can not run here; nothing when it can."""
    if shutil.which("postfix") is None or not Path("/usr/lib/postfix/sbin/master").exists():
        return "Postfix is not installed (apt-get install postfix)"
    if os.geteuid() != 0:
        return "Postfix's master must be started by root"
    try:
        pwd.getpwnam("postfix")
    except KeyError:
        return "there is no user postfix"
    return ""


@contextmanager
def postfix(port: int, *, domains: tuple[str, ...], certificate: Path | None = None) -> Iterator[Postfix]:
    """Run Postfix until the `with` block ends, in a folder where its own user may go (pytest's is closed to it)."""
    with (
        tempfile.TemporaryDirectory(prefix="newsletter-postfix-", ignore_cleanup_errors=True) as folder,
        _running(Path(folder), port, domains, certificate) as server,
    ):
        yield server


@contextmanager
def _running(folder: Path, port: int, domains: tuple[str, ...], certificate: Path | None) -> Iterator[Postfix]:
    _prepare(folder, port, pwd.getpwnam("postfix"), domains, certificate)
    command = ["postfix", "-c", str(folder / "etc")]
    started = subprocess.run([*command, "start"], capture_output=True, text=True, timeout=60)
    try:
        assert started.returncode == 0, started.stdout + started.stderr + Postfix(folder, port).log()
        _await(port)
        yield Postfix(folder, port)
    finally:
        master = _master(folder)
        subprocess.run([*command, "abort"], capture_output=True, timeout=60)
        if master:
            _end(master)


def _prepare(folder: Path, port: int, owner: pwd.struct_passwd, domains: tuple[str, ...], cert: Path | None) -> None:
    for name in ("etc", "queue", "data", "mail", "log"):
        (folder / name).mkdir(parents=True)
    folder.chmod(0o755)
    tls = TLS.format(certificate=folder / "etc" / "certificate.pem") if cert else ""
    values = {"folder": folder, "uid": owner.pw_uid, "gid": owner.pw_gid, "domains": ", ".join(domains), "tls": tls}
    etc = folder / "etc"
    (etc / "main.cf").write_text(MAIN.format(**values))
    (etc / "master.cf").write_text(MASTER.format(port=port))
    (etc / "mailboxes").write_text("".join(f"/@{re.escape(each)}$/ {each}/\n" for each in domains))
    for name in ("data", "mail"):
        os.chown(folder / name, owner.pw_uid, owner.pw_gid)
    if cert:
        shutil.copy(cert, etc / "certificate.pem")


def _await(port: int) -> None:
    for _attempt in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as one:
            if one.recv(3) == b"220":
                return
        time.sleep(0.1)
    raise AssertionError("Postfix does not answer")


def _master(folder: Path) -> int:
    with suppress(OSError, ValueError):
        return int((folder / "queue" / "pid" / "master.pid").read_text())
    return 0


def _end(pid: int) -> None:
    """See to it that a master is gone, and with it what it started."""
    for number in (0, signal.SIGTERM, signal.SIGKILL):
        for _attempt in range(20):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
                time.sleep(0.1)
                continue
            return
