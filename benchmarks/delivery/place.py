"""Where the peers are: installed by the benchmarks themselves into `build/bench`, never among our own dependencies."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

PLACE = Path(__file__).parents[2] / "build" / "bench"
PYTHON, NODE = PLACE / "python", PLACE / "node"
#: exactly these, so that figures of two days can be compared
PEERS = {"aiosmtplib": "aiosmtplib==4.0.2", "django": "django==5.2.8"}
NODE_PEERS = {"nodemailer": "nodemailer@7.0.10", "emailmd": "emailmd@0.3.5"}
#: seconds for one installation
PATIENCE = 180


def python_path() -> dict[str, str]:
    """Return the environment in which peers are found behind what is ours."""
    found = [part for part in (os.environ.get("PYTHONPATH", ""), str(PYTHON)) if part]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(found)}


@lru_cache(maxsize=8)
def why_not(name: str) -> str:
    """Install a peer where it is missing; return why it can not be had, or nothing."""
    if name in PEERS:
        return "" if _importable(name) else _python(PEERS[name])
    if name in NODE_PEERS:
        return "" if node_modules(name) else _node(NODE_PEERS[name])
    if name == "smtp-source":
        return "" if shutil.which("smtp-source") else "it is part of Debian's package postfix"
    return ""


def node_modules(name: str = "nodemailer") -> str:
    """Return the folder that holds a peer for Node, or nothing."""
    named = [*filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)), str(NODE / "node_modules")]
    return next((folder for folder in named if (Path(folder) / name).is_dir()), "")


def _importable(name: str) -> bool:
    return importlib.util.find_spec(name) is not None or (PYTHON / name).is_dir()


def _python(wanted: str) -> str:
    target = ["--target", str(PYTHON), wanted]
    ways = [[sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *target]]
    if shutil.which("uv"):
        ways.append(["uv", "pip", "install", "--quiet", "--python", sys.executable, *target])
    return _first(ways, f"{wanted} can not be installed")


def _node(wanted: str) -> str:
    if not shutil.which("node") or not shutil.which("npm"):
        return "there is no Node here"
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(NODE), wanted]
    return _first([command], f"{wanted} can not be installed")


def _first(ways: list[list[str]], fault: str) -> str:
    """Try ways of installing one after the other."""
    PLACE.mkdir(parents=True, exist_ok=True)
    for way in ways:
        try:
            if subprocess.run(way, check=False, capture_output=True, timeout=PATIENCE).returncode == 0:
                return ""
        except (OSError, subprocess.TimeoutExpired):
            continue
    return fault
