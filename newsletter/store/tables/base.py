"""What all tables share: the metadata and the kinds of columns."""

from sqlalchemy import JSON, BigInteger, Integer, MetaData, Table
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
    """Mark a table whose rows are never changed or deleted: the migrations give it triggers that refuse both."""
    table.info["append_only"] = True
