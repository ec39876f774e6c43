"""When what is due, and what became of it. Written by `schedule` only."""

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
    text,
)

from newsletter.store.tables.base import Id, Json, metadata

schedule = Table(
    "schedule",
    metadata,
    Column("id", Id, primary_key=True),
    # once, series, sequence
    Column("kind", String(8), nullable=False),
    # the series' or sequence's name in newsletter.toml; empty for a one-off
    Column("name", String(80), nullable=False, server_default=""),
    # the slug; empty for a series
    Column("issue", String(200), nullable=False, server_default=""),
    Column("rule", Text, nullable=False, server_default=""),
    Column("zone", String(40), nullable=False),
    # local wall time, ISO without offset: the identity of an occurrence
    Column("next_wall", String(32)),
    # the instant when it may go, after quiet hours and blackout days; moves only by compare-and-set
    Column("next_at", Double),
    # waiting, held, done, cancelled
    Column("state", String(10), nullable=False),
    # a code with its facts, said in the reader's language (schedule.reason); a text: of an older version
    Column("reason", Text, nullable=False, server_default=""),
    # whom it is for: lists, exclude, segment; resolved when it is due
    Column("audience", Json, nullable=False),
    # whom it is from; null: as the issue says when it is due
    Column("sender", Json),
    # the transport it was confirmed for: another one at the time asks a person
    Column("transport", String(40), nullable=False, server_default=""),
    # digest of the editions when it was confirmed: a changed file holds the send
    Column("digest", String(64), nullable=False, server_default=""),
    # the frozen editions
    Column("frozen", LargeBinary),
    # how many people it was confirmed for, and the bounds within which it goes without asking; 0 is no bound
    Column("expect", Integer, nullable=False, server_default="0"),
    Column("least", Integer, nullable=False, server_default="0"),
    Column("most", Integer, nullable=False, server_default="0"),
    Column("created_at", Double, nullable=False),
    Index("ix_schedule_due", "state", "next_at"),
    Index(
        "uq_schedule_name",
        "kind",
        "name",
        unique=True,
        sqlite_where=text("name <> ''"),
        postgresql_where=text("name <> ''"),
    ),
    # an issue waits for one moment only
    Index(
        "uq_schedule_issue",
        "issue",
        unique=True,
        sqlite_where=text("kind = 'once' AND state IN ('waiting', 'held')"),
        postgresql_where=text("kind = 'once' AND state IN ('waiting', 'held')"),
    ),
)

#: each time that came: first it is due, and stays due until what became of it is known
occurrence = Table(
    "occurrence",
    metadata,
    Column("id", Id, primary_key=True),
    Column("schedule_id", Id, ForeignKey("schedule.id"), nullable=False),
    Column("wall", String(32), nullable=False),
    # the instant when it should have gone
    Column("at", Double, nullable=False),
    # due, sent, held, missed, nothing, cancelled
    Column("state", String(10), nullable=False),
    # what a person decided about a held one: keep or renew; empty: nobody was asked
    Column("decision", String(8), nullable=False, server_default=""),
    # the issue that went; of a series it is chosen at the time
    Column("issue", String(200), nullable=False, server_default=""),
    Column("send_id", Id),
    # seconds between `at` and the moment it was found due
    Column("late", Double, nullable=False, server_default="0"),
    Column("reason", Text, nullable=False, server_default=""),
    # who works at it has it until then
    Column("lease_until", Double, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("noted_at", Double, nullable=False),
    UniqueConstraint("schedule_id", "wall"),
    Index("ix_occurrence_state", "state", "lease_until"),
)

#: what the coordinator or the contributors are told by mail: written with the change it tells of
notice = Table(
    "notice",
    metadata,
    Column("id", Id, primary_key=True),
    Column("schedule_id", Id, ForeignKey("schedule.id"), nullable=False),
    Column("wall", String(32), nullable=False),
    # held, nothing, missed, moved, late, remind:14 days
    Column("about", String(40), nullable=False),
    # what the text needs: never an address or a person's name
    Column("facts", Json, nullable=False),
    Column("noted_at", Double, nullable=False),
    Column("told_at", Double),
    Column("not_before", Double, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    UniqueConstraint("schedule_id", "wall", "about"),
    Index("ix_notice_untold", "told_at", "not_before"),
)

#: each person's next step of a sequence
sequence_entry = Table(
    "sequence_entry",
    metadata,
    Column("schedule_id", Id, ForeignKey("schedule.id"), primary_key=True),
    Column("subscriber_id", Id, primary_key=True),
    Column("step", Integer, nullable=False),
    Column("due_at", Double, nullable=False),
    # waiting, going, done, ended
    Column("state", String(8), nullable=False),
    # the occurrence that takes this step to everybody who is due with it
    Column("occurrence_id", Id),
    Index("ix_sequence_entry_due", "schedule_id", "state", "due_at"),
)

#: what is done every so often: when it is due again, and when it was last done
chore = Table(
    "chore",
    metadata,
    Column("name", String(80), primary_key=True),
    # moves only by compare-and-set
    Column("next_at", Double, nullable=False),
    Column("done_at", Double, nullable=False),
)
