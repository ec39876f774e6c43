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

from newsletter.store.personal import PersonalText
from newsletter.store.tables.base import Id, Json, append_only, metadata

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Id, primary_key=True),
    # random, 32 hexadecimal digits: what links, consents and exports refer to
    Column("key", String(32), nullable=False),
    # null once forgotten
    Column("address", PersonalText),
    # keyed HMAC of the normalised address, 32 hexadecimal digits; null once forgotten
    Column("address_key", String(32)),
    # the receiving domain, for lanes; empty once forgotten
    Column("domain", Text, nullable=False, server_default=""),
    Column("name", PersonalText, nullable=False, server_default=""),
    Column("lang", String(12), nullable=False),
    Column("tz", String(40), nullable=False, server_default=""),
    Column("fields", Json, nullable=False),
    Column("import_id", Id),
    Column("created_at", Double, nullable=False),
    # the person asked for a pause until then (preferences)
    Column("paused_until", Double),
    Column("forgotten_at", Double),
    # indexes rather than constraints, so that a first import can build them at its end
    Index("ix_subscriber_key", "key", unique=True),
    Index("ix_subscriber_address_key", "address_key", unique=True),
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
    Index("ix_subscription_list", "list_id", "subscriber_id"),
    sqlite_with_rowid=False,
)

#: what consents have in common, each once: an import of a million people rests on one ground
consent_ground = Table(
    "consent_ground",
    metadata,
    Column("id", Id, primary_key=True),
    # SHA-256 of the five columns below: the chain of `consent` holds it
    Column("digest", String(64), nullable=False, unique=True),
    # express, implied, withdrawn
    Column("kind", String(10), nullable=False),
    # inquiry, purchase, donation, volunteering, meeting, membership; empty for express
    Column("basis", String(16), nullable=False),
    Column("purpose", Text, nullable=False),
    # the exact words that were agreed to
    Column("wording", Text, nullable=False),
    Column("source", Text, nullable=False),
)

#: append-only and hash-chained: a row is never changed or deleted
consent = Table(
    "consent",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber_key", String(32), nullable=False),
    Column("list_id", Id, ForeignKey("mailing_list.id"), nullable=False),
    Column("ground_id", Id, ForeignKey("consent_ground.id"), nullable=False),
    Column("obtained_at", Double, nullable=False),
    Column("expires_at", Double),
    # JSON, byte for byte as it was hashed
    Column("proof", Text, nullable=False),
    Column("recorded_at", Double, nullable=False),
    # SHA-256 over the previous row's hash and this row
    Column("hash", String(64), nullable=False),
    Index("ix_consent_subscriber_key", "subscriber_key"),
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
    Column("address", PersonalText, nullable=False),
    Column("address_key", String(32), nullable=False, index=True),
    # subscribe, address (a change of address to be confirmed), access (a fresh link to one's own page)
    Column("purpose", String(10), nullable=False, server_default="subscribe"),
    Column("subscriber_key", String(32), nullable=False, server_default=""),
    Column("name", PersonalText, nullable=False, server_default=""),
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

for _table in (consent_ground, consent, incident):
    append_only(_table)
