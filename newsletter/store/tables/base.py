"""What all tables share: the metadata and the kinds of columns."""

from sqlalchemy import DDL, JSON, BigInteger, Integer, MetaData, Table, event
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: a plain BigInteger does not count up by itself on SQLite
Id = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB, "postgresql")


def append_only(table: Table) -> None:
    """Let the database itself refuse to change or delete a row of a table."""
    for verb in ("UPDATE", "DELETE"):
        trigger = f"append_only_{table.name}_{verb.lower()}"
        sqlite = f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table.name} BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        _after(table, sqlite, "sqlite")
        on = f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table.name} FOR EACH ROW EXECUTE FUNCTION append_only()"
        _after(table, on, "postgresql")


def _after(table: Table, statement: str, dialect: str) -> None:
    ddl = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


#: what the triggers call on PostgreSQL
_REFUSE = """
CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""
event.listen(
    metadata,
    "before_create",
    DDL(_REFUSE).execute_if(dialect="postgresql"),  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
)
