"""What came back. Written by `feedback` only."""

from sqlalchemy import Column, Double, Index, Integer, LargeBinary, String, Table, Text

from newsletter.store.tables.base import Id, Json, metadata

event = Table(
    "event",
    metadata,
    Column("id", Id, primary_key=True),
    # the same event counted once, however often it arrives
    Column("dedupe", String(64), nullable=False, unique=True),
    # delivered, bounced, complained, unsubscribed, deferred, blocked
    Column("kind", String(14), nullable=False),
    # hard, soft, policy; empty where it does not apply
    Column("verdict", String(8), nullable=False, server_default=""),
    # smtp, dsn, arf, sendgrid, ses, generic, page, mail
    Column("source", String(10), nullable=False),
    Column("send_id", Id),
    Column("n", Integer),
    Column("subscriber_id", Id),
    Column("list_id", Id),
    Column("domain", String(255), nullable=False, server_default=""),
    Column("at", Double, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("status", String(12), nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Index("ix_event_send", "send_id", "kind"),
)

#: a decaying score for each person's soft bounces
bounce_score = Table(
    "bounce_score",
    metadata,
    Column("subscriber_id", Id, primary_key=True),
    Column("score", Double, nullable=False),
    Column("at", Double, nullable=False),
)

#: webhook calls as they came, verified and stored before they are answered, worked off later, then deleted
inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("provider", String(20), nullable=False),
    Column("received_at", Double, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("proof", Json, nullable=False),
)
