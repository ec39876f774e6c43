"""The schema is made by numbered steps: they give what the tables say, all of it or nothing, on both databases."""

import shutil
import subprocess
import sys

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from newsletter.errors import ConfigError, TransientError
from newsletter.store.schema import MIGRATIONS, ensure, head, migrate, version_of
from newsletter.store.tables import metadata

#: that the send of a delivery is there
SENDS_OWN = "fk_delivery_send_id"

WORSE = '''"""A step that fails in its middle."""
import sqlalchemy as sa
from alembic import op

revision = "8000"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    with op.batch_alter_table("worker") as batch:
        batch.add_column(sa.Column("more", sa.Text()))
    op.execute("INSERT INTO half (id) VALUES (1)")
    op.execute("SELECT 1 FROM nowhere")
'''


def ours(_object, name, kind, _reflected, _compared):
    """Leave out what the job engine brings, and a key that only SQLite looks at, which has a test of its own."""
    if kind == "foreign_key_constraint":
        return name != SENDS_OWN
    return not (kind == "table" and str(name).startswith("procrastinate_"))


def everything(store):
    """Read what a database says of its tables, columns, indexes and triggers."""
    with store.read() as connection:
        if store.is_sqlite:
            rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2"))
        else:
            rows = connection.execute(
                text(
                    "SELECT table_name, column_name, data_type FROM information_schema.columns"
                    " WHERE table_schema = 'public' ORDER BY 1, 2"
                )
            )
        return [tuple(row) for row in rows]


def test_the_steps_give_exactly_what_the_tables_say(store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.read() as connection:
        options = {"compare_type": True, "include_object": ours}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, metadata)
    assert differences == [], "a table was changed without a step in newsletter/store/migrations/versions"


def test_tables_without_a_rowid_are_made_so_on_sqlite(make_store):
    store = make_store()
    with store.read() as connection:
        plain = {row[1] for row in connection.execute(text("PRAGMA table_list")) if not row[4]}
    without = {t.name for t in metadata.tables.values() if t.dialect_options["sqlite"]["with_rowid"] is False}
    assert without <= {t.name for t in metadata.tables.values()}
    assert without.isdisjoint(plain)
    assert without


def test_the_send_of_each_delivery_is_looked_up_on_sqlite_alone(store):
    with store.read() as connection:
        keys = {key["name"] for key in inspect(connection).get_foreign_keys("delivery")}
    assert keys == ({SENDS_OWN} if store.is_sqlite else set())


@pytest.mark.postgres
def test_room_is_left_on_the_pages_of_tables_that_change(make_postgres):
    store = make_postgres()
    with store.read() as connection:
        rows = connection.execute(text("SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL"))
        assert {name: options for name, options in rows if name in metadata.tables} == {
            "delivery": ["fillfactor=70"],
            "send_batch": ["fillfactor=50"],
        }


def test_rows_that_are_only_added_can_neither_be_changed_nor_deleted(store):
    kept = [table.name for table in metadata.tables.values() if table.info.get("append_only")]
    assert sorted(kept) == ["consent", "consent_ground", "incident"]
    with store.write() as connection:
        connection.execute(
            text(
                "INSERT INTO incident (happened_on, what, kinds, people, risk, recorded_at)"
                " VALUES ('2026-11-26', 'x', 'x', 1, 'x', 0)"
            )
        )
    for statement in ("UPDATE incident SET people = 0", "DELETE FROM incident"):
        with pytest.raises(DBAPIError, match="append-only"), store.write() as connection:
            connection.execute(text(statement))
    triggers = "SELECT count(*) FROM " + (
        "sqlite_master WHERE type = 'trigger' AND name LIKE 'append_only_%'"
        if store.is_sqlite
        else "pg_trigger WHERE tgname LIKE 'append_only_%'"
    )
    with store.read() as connection:
        assert connection.scalar(text(triggers)) == 2 * len(kept)


def test_a_step_that_fails_in_its_middle_leaves_nothing_behind(store, tmp_path):
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "versions" / "8000_worse.py").write_text(WORSE.replace("{head}", head()))
    before = everything(store)
    with pytest.raises((TransientError, DBAPIError)):
        migrate(store, migrations=folder)
    assert everything(store) == before
    assert version_of(store) == head()
    with store.read() as connection:
        tables = inspect(connection).get_table_names()
    assert not [name for name in tables if name == "half" or name.startswith("_alembic_tmp")]


def test_a_step_that_works_is_taken_once(store, tmp_path):
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    good = WORSE.replace('    op.execute("SELECT 1 FROM nowhere")\n', "")
    (folder / "versions" / "8000_better.py").write_text(good.replace("{head}", head()))
    assert migrate(store, migrations=folder) == (head(), "8000")
    assert migrate(store, migrations=folder) == ("8000", "8000")
    with store.read() as connection:
        assert "more" in {column["name"] for column in inspect(connection).get_columns("worker")}


@pytest.mark.parametrize(
    ("version", "said", "advice"),
    [("0000", "older than this program", "newsletter migrate"), ("9999", "newer than this program", "newer version")],
)
def test_a_schema_of_another_age_is_refused_with_what_to_do(store, version, said, advice):
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    with pytest.raises(ConfigError, match=said) as caught:
        ensure(store)
    assert advice in (caught.value.hint or "")
    if version > head():
        with pytest.raises(ConfigError, match=said):
            migrate(store)


@pytest.mark.postgres
def test_many_processes_may_find_an_empty_database_at_once(make_postgres):
    store = make_postgres()
    url = store.engine.url
    with store.write() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    code = (
        "import sys\nfrom newsletter.store.database import open_store\nfrom newsletter.store.schema import ensure\n"
        "store = open_store(sys.argv[1])\nensure(store)\nstore.close()\n"
    )
    argv = [sys.executable, "-W", "error", "-c", code, url.render_as_string(hide_password=False)]
    crowd = [subprocess.Popen(argv) for _ in range(4)]
    assert [one.wait(300) for one in crowd] == [0, 0, 0, 0]


@pytest.mark.postgres
def test_the_job_engines_tables_come_with_ours_and_follow_its_releases(make_postgres, tmp_path, monkeypatch):
    from newsletter.store import jobs

    store = make_postgres()
    with store.read() as connection:
        assert jobs.applied(connection) == jobs.newest()
    shutil.copytree(jobs._folder(), tmp_path / "sql")
    (tmp_path / "sql" / "migrations" / "99.00.00_01_next.sql").write_text("CREATE TABLE procrastinate_next (id int);")
    monkeypatch.setattr(jobs, "_folder", lambda: tmp_path / "sql")
    migrate(store)
    migrate(store)
    with store.read() as connection:
        assert jobs.applied(connection) == "99.00.00_01_next.sql"
        assert inspect(connection).has_table("procrastinate_next")


def test_sqlite_has_no_tables_of_the_job_engine(make_store):
    with make_store().read() as connection:
        assert not [name for name in inspect(connection).get_table_names() if name.startswith("procrastinate")]
