"""What was sent to whom, and what became of it. Written by `delivery` only."""

from sqlalchemy import (
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from newsletter.store.tables.base import Id, Json, metadata

send = Table(
    "send",
    metadata,
    Column("id", Id, primary_key=True),
    Column("issue", String(200), nullable=False, index=True),
    # real or rehearsal (files, console, memory): nobody gets an issue twice within a kind
    Column("kind", String(10), nullable=False),
    Column("transport", String(40), nullable=False),
    # planning, running, paused, stopped, cancelled, done, held
    Column("state", String(10), nullable=False),
    # why it is paused, stopped or held: one sentence, no address
    Column("reason", Text, nullable=False, server_default=""),
    Column("plan", String(64), nullable=False, server_default=""),
    Column("plan_record", Json, nullable=False),
    # names of the lists, the first owns List-Id and the unsubscribe link
    Column("lists", Json, nullable=False),
    Column("sender", Json, nullable=False),
    # site and list definitions as they were when it was confirmed: workers need no files
    Column("imprint", Json, nullable=False),
    Column("total", Integer, nullable=False),
    # recipients of the first, watched batch; 0 is none
    Column("canary", Integer, nullable=False, server_default="0"),
    # what a person has already looked at: only failures since then count towards stopping again
    Column("judged_sent", Integer, nullable=False, server_default="0"),
    Column("judged_failed", Integer, nullable=False, server_default="0"),
    Column("judged_complaints", Integer, nullable=False, server_default="0"),
    # `--again` and its reason
    Column("again", Text, nullable=False, server_default=""),
    Column("schedule_id", Id),
    # local wall time of the occurrence
    Column("occurrence", String(32)),
    # fixed Date header
    Column("date", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    # the hold: not before then
    Column("starts_at", Double, nullable=False),
    Column("finished_at", Double),
    UniqueConstraint("schedule_id", "occurrence"),
)

edition = Table(
    "edition",
    metadata,
    Column("send_id", Id, ForeignKey("send.id"), primary_key=True),
    Column("lang", String(12), primary_key=True),
    Column("format", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    # JSON: segments, subject, preheader, constants
    Column("content", Text, nullable=False),
)

edition_file = Table(
    "edition_file",
    metadata,
    Column("send_id", Id, primary_key=True),
    Column("lang", String(12), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("filename", Text, nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("cid", String(200), nullable=False, server_default=""),
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(["send_id", "lang"], ["edition.send_id", "edition.lang"]),
)

send_batch = Table(
    "send_batch",
    metadata,
    Column("send_id", Id, ForeignKey("send.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    # receiving domain's group; a batch holds one lane
    Column("lane", String(255), nullable=False, server_default="rest"),
    Column("first_n", Integer, nullable=False),
    Column("last_n", Integer, nullable=False),
    # queued, leased, done, waiting (for the canary), stopped (its lane is)
    Column("state", String(8), nullable=False),
    Column("token", String(32)),
    Column("lease_until", Double),
    Column("not_before", Double, nullable=False, server_default="0"),
    Column("sent", Integer, nullable=False, server_default="0"),
    Column("deferred", Integer, nullable=False, server_default="0"),
    Column("failed", Integer, nullable=False, server_default="0"),
    Column("unknown", Integer, nullable=False, server_default="0"),
    Column("skipped", Integer, nullable=False, server_default="0"),
    Index("ix_send_batch_work", "send_id", "state", "seq"),
    postgresql_with={"fillfactor": 50},
)

#: no index on state: work is found through batches (73 % HOT updates without it, 0 with it)
delivery = Table(
    "delivery",
    metadata,
    Column("send_id", Id, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("subscriber_id", Id, nullable=False),
    Column("address_key", String(32), nullable=False),
    Column("list_id", Id, nullable=False),
    Column("lang", String(12), nullable=False),
    # queued, sending, sent, deferred, failed, unknown, skipped
    Column("state", String(8), nullable=False),
    Column("not_before", Double, nullable=False, server_default="0"),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("code", Integer, nullable=False, server_default="0"),
    Column("status", String(12), nullable=False, server_default=""),
    # the last answer, addresses taken out: the relay's queue id settles later questions
    Column("answer", Text, nullable=False, server_default=""),
    # PostgreSQL would look up the same send once for each recipient, which takes a fifth of making a send
    ForeignKeyConstraint(["send_id"], ["send.id"]).ddl_if(dialect="sqlite"),
    UniqueConstraint("send_id", "subscriber_id"),
    UniqueConstraint("send_id", "address_key"),
    postgresql_with={"fillfactor": 70},
    sqlite_with_rowid=False,
)

#: a lane or a receiving domain that refuses us: nothing goes there until a person resumes the send
lane_stop = Table(
    "lane_stop",
    metadata,
    Column("send_id", Id, ForeignKey("send.id"), primary_key=True),
    Column("lane", String(255), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", Double, nullable=False),
)

#: append-only: each noteworthy answer or decision; `text` has every address taken out
attempt_event = Table(
    "attempt_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("send_id", Id, nullable=False),
    Column("n", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at", Double, nullable=False),
    # deferred, failed, unknown, late, decision, skipped
    Column("what", String(10), nullable=False),
    Column("code", Integer, nullable=False, server_default="0"),
    Column("status", String(12), nullable=False, server_default=""),
    Column("text", Text, nullable=False, server_default=""),
    Index("ix_attempt_event_delivery", "send_id", "n"),
)

rate = Table(
    "rate",
    metadata,
    Column("key", String(120), primary_key=True),
    # theoretical arrival time of the next permit (GCRA)
    Column("tat", Double, nullable=False, server_default="0"),
)

#: permits used in one slice of a long period: what limits for an hour and a day are counted with
rate_slice = Table(
    "rate_slice",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("slice", Integer, primary_key=True),
    Column("used", Integer, nullable=False),
)

#: who is at work, and how it goes: rows come and go, and are in no backup
worker = Table(
    "worker",
    metadata,
    # drawn by chance when it starts: tells neither host nor person
    Column("name", String(32), primary_key=True),
    # worker, serve, send
    Column("role", String(10), nullable=False),
    Column("version", String(40), nullable=False),
    Column("started_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    # the batch in hand, when there is one
    Column("send_id", Id),
    Column("seq", Integer),
    # recipients a second, lately
    Column("rate", Double, nullable=False, server_default="0"),
)
