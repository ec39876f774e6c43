"""When what is due. Written by `schedule` only."""

from sqlalchemy import (
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from newsletter.store.tables.base import Id, Json, metadata

schedule = Table(
    "schedule",
    metadata,
    Column("id", Id, primary_key=True),
    # once or series
    Column("kind", String(8), nullable=False),
    # the series' name in newsletter.toml; empty for a one-off
    Column("name", String(80), nullable=False, server_default=""),
    # the slug; empty for a series
    Column("issue", String(200), nullable=False, server_default=""),
    Column("rule", Text, nullable=False, server_default=""),
    Column("zone", String(40), nullable=False),
    # local wall time, ISO without offset: the identity of an occurrence
    Column("next_wall", String(32)),
    # the same as an instant; moves only by compare-and-set
    Column("next_at", Double),
    # waiting, held, done, cancelled, missed
    Column("state", String(10), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("lists", Json, nullable=False),
    Column("transport", String(40), nullable=False, server_default=""),
    # digest of the editions when it was confirmed: a changed file holds the send
    Column("digest", String(64), nullable=False, server_default=""),
    # the frozen editions, as delivery stores them
    Column("frozen", LargeBinary),
    Column("expect", Integer),
    Column("max_recipients", Integer, nullable=False, server_default="0"),
    Column("created_at", Double, nullable=False),
    Index("ix_schedule_due", "state", "next_at"),
)

occurrence = Table(
    "occurrence",
    metadata,
    Column("id", Id, primary_key=True),
    Column("schedule_id", Id, ForeignKey("schedule.id"), nullable=False),
    Column("wall", String(32), nullable=False),
    Column("at", Double, nullable=False),
    # sent, late, held, missed, nothing, moved
    Column("outcome", String(10), nullable=False),
    Column("send_id", Id),
    Column("reason", Text, nullable=False, server_default=""),
    Column("noted_at", Double, nullable=False),
    UniqueConstraint("schedule_id", "wall"),
)

reminder = Table(
    "reminder",
    metadata,
    Column("schedule_id", Id, ForeignKey("schedule.id"), primary_key=True),
    Column("wall", String(32), primary_key=True),
    Column("ahead", String(20), primary_key=True),
    Column("sent_at", Double, nullable=False),
)

#: each person's next step of a sequence
sequence_entry = Table(
    "sequence_entry",
    metadata,
    Column("sequence", String(80), primary_key=True),
    Column("subscriber_id", Id, primary_key=True),
    Column("step", Integer, nullable=False),
    Column("due_at", Double, nullable=False),
    # waiting, done, ended
    Column("state", String(8), nullable=False),
    Index("ix_sequence_entry_due", "state", "due_at"),
)
