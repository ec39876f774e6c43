"""Who asked, for what, and how it is proven. Written by `audience` only."""

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from newsletter.store.tables.base import Id, Json, metadata

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Id, primary_key=True),
    # random, 32 hexadecimal digits: what links, consents and exports refer to
    Column("key", String(32), nullable=False, unique=True),
    # null once forgotten
    Column("address", Text),
    # keyed HMAC of the normalised address, 32 hexadecimal digits; null once forgotten
    Column("address_key", String(32), unique=True),
    # the receiving domain, for lanes; empty once forgotten
    Column("domain", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False, server_default=""),
    Column("lang", String(12), nullable=False),
    Column("tz", String(40), nullable=False, server_default=""),
    Column("fields", Json, nullable=False),
    Column("import_id", Id),
    Column("created_at", Double, nullable=False),
    # the person asked for a pause until then (preferences)
    Column("paused_until", Double),
    Column("forgotten_at", Double),
)

mailing_list = Table(
    "mailing_list",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
)

subscription = Table(
    "subscription",
    metadata,
    Column("subscriber_id", Id, ForeignKey("subscriber.id"), primary_key=True),
    Column("list_id", Id, ForeignKey("mailing_list.id"), primary_key=True),
    # pending, active, ended
    Column("status", String(8), nullable=False),
    Column("started_at", Double, nullable=False),
    Column("ended_at", Double),
    # unsubscribed, bounced, complained, undone, expired
    Column("ended_reason", String(20), nullable=False, server_default=""),
    # the live consent's end, copied here so that an audience is one query; null: express, no end
    Column("consent_until", Double),
    # a live consent is on record
    Column("consented", Boolean, nullable=False, server_default="0"),
    Column("import_id", Id),
    Index("ix_subscription_list", "list_id", "status"),
)

#: the exact wordings people agreed to, each once
consent_wording = Table(
    "consent_wording",
    metadata,
    # the first 16 hexadecimal digits of the text's SHA-256
    Column("version", String(16), primary_key=True),
    Column("text", Text, nullable=False),
)

#: append-only and hash-chained: a row is never changed or deleted
consent = Table(
    "consent",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber_key", String(32), nullable=False, index=True),
    Column("list_id", Id, ForeignKey("mailing_list.id"), nullable=False),
    # express, implied, withdrawn
    Column("kind", String(10), nullable=False),
    # inquiry, purchase, donation, volunteering, meeting, membership; empty for express
    Column("basis", String(16), nullable=False, server_default=""),
    Column("purpose", Text, nullable=False, server_default="newsletter"),
    # of `consent_wording`; empty: none is known
    Column("wording_version", String(16), nullable=False, server_default=""),
    Column("source", Text, nullable=False),
    Column("obtained_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("proof", Json, nullable=False),
    Column("recorded_at", Double, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

suppression = Table(
    "suppression",
    metadata,
    Column("id", Id, primary_key=True),
    Column("address_key", String(32), nullable=False),
    # 0: every list
    Column("list_id", Id, nullable=False, server_default="0"),
    # unsubscribed, bounced, complained, forgotten, imported, manual
    Column("reason", String(16), nullable=False),
    Column("source", Text, nullable=False, server_default=""),
    Column("import_id", Id),
    Column("at", Double, nullable=False),
    UniqueConstraint("address_key", "list_id"),
)

import_run = Table(
    "import_run",
    metadata,
    Column("id", Id, primary_key=True),
    Column("file_digest", String(64), nullable=False),
    Column("list_id", Id, nullable=False),
    Column("source", Text, nullable=False),
    # whose export it was, as recognised by its header; empty: nobody's we know
    Column("tool", String(20), nullable=False, server_default=""),
    Column("at", Double, nullable=False),
    Column("counts", Json, nullable=False),
    Column("undone_at", Double),
)

pending_signup = Table(
    "pending_signup",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(32), nullable=False, unique=True),
    Column("address", Text, nullable=False),
    Column("address_key", String(32), nullable=False, index=True),
    # subscribe, address (a change of address to be confirmed), access (a fresh link to one's own page)
    Column("purpose", String(10), nullable=False, server_default="subscribe"),
    Column("subscriber_key", String(32), nullable=False, server_default=""),
    Column("name", Text, nullable=False, server_default=""),
    Column("lang", String(12), nullable=False),
    Column("lists", Json, nullable=False),
    Column("wording", Json, nullable=False),
    Column("proof", Json, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    # when its one mail was handed over
    Column("mailed_at", Double),
    Index("ix_pending_signup_unmailed", "mailed_at"),
)

#: entries are added, never changed or deleted
incident = Table(
    "incident",
    metadata,
    Column("id", Id, primary_key=True),
    Column("happened_on", String(10), nullable=False),
    Column("what", Text, nullable=False),
    Column("kinds", Text, nullable=False),
    Column("people", Integer, nullable=False),
    Column("risk", Text, nullable=False),
    Column("notices", Text, nullable=False, server_default=""),
    Column("recorded_at", Double, nullable=False),
)
