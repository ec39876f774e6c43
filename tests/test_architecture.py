"""The direction of imports, and what a stage must not load."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def _fresh(code: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return run.stdout.strip()


def test_the_pure_stages_load_neither_database_nor_provider() -> None:
    loaded = _fresh(
        """
        import sys
        import newsletter.issue, newsletter.edition, newsletter.message
        import newsletter.issue.document, newsletter.edition.edition, newsletter.message.letter
        heavy = ("sqlalchemy", "alembic", "sendgrid", "apscheduler", "premailer")
        print([name for name in heavy if name in sys.modules])
        """
    )
    assert loaded == "[]"


def test_the_package_itself_loads_nothing_heavy() -> None:
    loaded = _fresh(
        """
        import sys
        import newsletter
        print([name for name in ("pydantic", "jinja2", "sqlalchemy", "rich", "click") if name in sys.modules])
        """
    )
    assert loaded == "[]"


def test_the_public_names_are_few() -> None:
    import newsletter

    assert sorted(newsletter.__all__) == ["Project", "__version__", "open_project"]


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("newsletter/issue/document.py", "import newsletter.edition.edition", "One direction"),
        ("newsletter/message/letter.py", "import newsletter.store.database", "Message touches no database"),
        ("newsletter/edition/edition.py", "import sqlalchemy", "Issue and edition are pure"),
        ("newsletter/stray.py", "", "One direction"),
        (
            "newsletter/delivery/transports/files.py",
            "import newsletter.delivery.transports.smtp",
            "Transports know nothing of one another",
        ),
    ],
)
def test_each_contract_breaks_when_it_is_broken(tmp_path: Path, module: str, line: str, broken: str) -> None:
    import shutil

    shutil.copytree(ROOT / "newsletter", tmp_path / "newsletter", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    target = tmp_path / module
    old = target.read_text() if target.exists() else '"""Stray."""\n'
    target.write_text(old + f"\n{line}\n")
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin", "NO_COLOR": "1"},
    )
    assert run.returncode == 1, run.stdout
    assert f"{broken} BROKEN" in run.stdout


def test_no_module_is_longer_than_five_hundred_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in (ROOT / "newsletter").rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 500
    }
    assert not long


def test_no_two_test_modules_share_a_name() -> None:
    """pytest imports them by their base name: two of one name would hide each other."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert len(names) == len(set(names))


def test_no_imports_go_in_a_circle_those_inside_functions_included() -> None:
    modules = {".".join(path.with_suffix("").parts): path for path in _sources()}
    modules = {name.removesuffix(".__init__"): path for name, path in modules.items()}
    graph = {name: {*_imported(path, {*modules})} & {*modules} - {name} for name, path in modules.items()}
    assert graph["newsletter.cli.frame"] >= {"newsletter.cli.run", "newsletter.cli.start"}, "nothing was read"
    graphlib.TopologicalSorter(graph).prepare()
    planted = {**graph, "newsletter.errors": {"newsletter.cli.frame"}}
    with pytest.raises(graphlib.CycleError):
        graphlib.TopologicalSorter(planted).prepare()


def _sources() -> list[Path]:
    return [path.relative_to(ROOT) for path in (ROOT / "newsletter").rglob("*.py")]


def _imported(path: Path, known: set[str]) -> Iterator[str]:
    """Yield what a module imports where it runs: not what only type checkers read."""
    waiting: list[ast.AST] = [ast.parse((ROOT / path).read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            named = (f"{node.module}.{name.name}" for name in node.names)
            yield from (name if name in known else node.module for name in named)
        waiting += ast.iter_child_nodes(node)
