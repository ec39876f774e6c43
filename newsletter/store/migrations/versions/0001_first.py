"""The first schema: every table, and the triggers that keep what is only ever added to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from newsletter.store.jobs import bring_up

revision = "0001"
down_revision = None

#: a plain BigInteger does not count up by itself on SQLite
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
APPEND_ONLY = ("consent_ground", "consent", "incident")
_REFUSE = """
CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def upgrade() -> None:
    _people()
    _consents()
    _sends()
    _deliveries()
    _events()
    _clock()
    _append_only(op.get_bind().dialect.name)
    bring_up(op.get_bind())


def _append_only(dialect: str) -> None:
    if dialect == "postgresql":
        op.execute(_REFUSE)
    refuse = {
        "postgresql": "FOR EACH ROW EXECUTE FUNCTION append_only()",
        "sqlite": "BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    }[dialect]
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER append_only_{table}_{verb.lower()} BEFORE {verb} ON {table} {refuse}")


def _people() -> None:
    op.create_table(
        "subscriber",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("address", sa.Text()),
        sa.Column("address_key", sa.String(32)),
        sa.Column("domain", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("lang", sa.String(12), nullable=False),
        sa.Column("tz", sa.String(40), server_default="", nullable=False),
        sa.Column("fields", _JSON, nullable=False),
        sa.Column("import_id", _ID),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("paused_until", sa.Double()),
        sa.Column("forgotten_at", sa.Double()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
    )
    op.create_index("ix_subscriber_address_key", "subscriber", ["address_key"], unique=True)
    op.create_index("ix_subscriber_key", "subscriber", ["key"], unique=True)
    op.create_table(
        "mailing_list",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_list")),
        sa.UniqueConstraint("name", name=op.f("uq_mailing_list_name")),
    )
    op.create_table(
        "subscription",
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("list_id", _ID, nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double()),
        sa.Column("ended_reason", sa.String(20), server_default="", nullable=False),
        sa.Column("consent_until", sa.Double()),
        sa.Column("consented", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("import_id", _ID),
        sa.ForeignKeyConstraint(["list_id"], ["mailing_list.id"], name=op.f("fk_subscription_list_id")),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name=op.f("fk_subscription_subscriber_id")),
        sa.PrimaryKeyConstraint("subscriber_id", "list_id", name=op.f("pk_subscription")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_subscription_list", "subscription", ["list_id", "subscriber_id"])
    op.create_table(
        "consent_ground",
        sa.Column("id", _ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("basis", sa.String(16), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_ground")),
        sa.UniqueConstraint("digest", name=op.f("uq_consent_ground_digest")),
    )


def _consents() -> None:
    op.create_table(
        "consent",
        sa.Column("id", _ID, nullable=False),
        sa.Column("subscriber_key", sa.String(32), nullable=False),
        sa.Column("list_id", _ID, nullable=False),
        sa.Column("ground_id", _ID, nullable=False),
        sa.Column("obtained_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double()),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.Double(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["ground_id"], ["consent_ground.id"], name=op.f("fk_consent_ground_id")),
        sa.ForeignKeyConstraint(["list_id"], ["mailing_list.id"], name=op.f("fk_consent_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_subscriber_key", "consent", ["subscriber_key"])
    op.create_table(
        "suppression",
        sa.Column("id", _ID, nullable=False),
        sa.Column("address_key", sa.String(32), nullable=False),
        sa.Column("list_id", _ID, server_default="0", nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("import_id", _ID),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("address_key", "list_id", name=op.f("uq_suppression_address_key_list_id")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", _ID, nullable=False),
        sa.Column("file_digest", sa.String(64), nullable=False),
        sa.Column("list_id", _ID, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("tool", sa.String(20), server_default="", nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("counts", _JSON, nullable=False),
        sa.Column("undone_at", sa.Double()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "pending_signup",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.String(32), nullable=False),
        sa.Column("purpose", sa.String(10), server_default="subscribe", nullable=False),
        sa.Column("subscriber_key", sa.String(32), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("lang", sa.String(12), nullable=False),
        sa.Column("lists", _JSON, nullable=False),
        sa.Column("wording", _JSON, nullable=False),
        sa.Column("proof", _JSON, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("mailed_at", sa.Double()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_signup")),
        sa.UniqueConstraint("key", name=op.f("uq_pending_signup_key")),
    )
    op.create_index(op.f("ix_pending_signup_address_key"), "pending_signup", ["address_key"])
    op.create_index("ix_pending_signup_unmailed", "pending_signup", ["mailed_at"])
    op.create_table(
        "incident",
        sa.Column("id", _ID, nullable=False),
        sa.Column("happened_on", sa.String(10), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("risk", sa.Text(), nullable=False),
        sa.Column("notices", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )


def _sends() -> None:
    op.create_table(
        "send",
        sa.Column("id", _ID, nullable=False),
        sa.Column("issue", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("transport", sa.String(40), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("plan", sa.String(64), server_default="", nullable=False),
        sa.Column("plan_record", _JSON, nullable=False),
        sa.Column("lists", _JSON, nullable=False),
        sa.Column("sender", _JSON, nullable=False),
        sa.Column("imprint", _JSON, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("canary", sa.Integer(), server_default="0", nullable=False),
        sa.Column("judged_sent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("judged_failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("judged_complaints", sa.Integer(), server_default="0", nullable=False),
        sa.Column("again", sa.Text(), server_default="", nullable=False),
        sa.Column("schedule_id", _ID),
        sa.Column("occurrence", sa.String(32)),
        sa.Column("date", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("starts_at", sa.Double(), nullable=False),
        sa.Column("finished_at", sa.Double()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_send")),
        sa.UniqueConstraint("schedule_id", "occurrence", name=op.f("uq_send_schedule_id_occurrence")),
    )
    op.create_index(op.f("ix_send_issue"), "send", ["issue"])
    op.create_table(
        "edition",
        sa.Column("send_id", _ID, nullable=False),
        sa.Column("lang", sa.String(12), nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["send_id"], ["send.id"], name=op.f("fk_edition_send_id")),
        sa.PrimaryKeyConstraint("send_id", "lang", name=op.f("pk_edition")),
    )
    op.create_table(
        "edition_file",
        sa.Column("send_id", _ID, nullable=False),
        sa.Column("lang", sa.String(12), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("cid", sa.String(200), server_default="", nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["send_id", "lang"], ["edition.send_id", "edition.lang"], name=op.f("fk_edition_file_send_id_lang")
        ),
        sa.PrimaryKeyConstraint("send_id", "lang", "seq", name=op.f("pk_edition_file")),
    )
    op.create_table(
        "send_batch",
        sa.Column("send_id", _ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(255), server_default="rest", nullable=False),
        sa.Column("first_n", sa.Integer(), nullable=False),
        sa.Column("last_n", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("token", sa.String(32)),
        sa.Column("lease_until", sa.Double()),
        sa.Column("not_before", sa.Double(), server_default="0", nullable=False),
        sa.Column("sent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("deferred", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unknown", sa.Integer(), server_default="0", nullable=False),
        sa.Column("skipped", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["send_id"], ["send.id"], name=op.f("fk_send_batch_send_id")),
        sa.PrimaryKeyConstraint("send_id", "seq", name=op.f("pk_send_batch")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("ix_send_batch_work", "send_batch", ["send_id", "state", "seq"])
    op.create_table(
        "delivery",
        sa.Column("send_id", _ID, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("address_key", sa.String(32), nullable=False),
        sa.Column("list_id", _ID, nullable=False),
        sa.Column("lang", sa.String(12), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("not_before", sa.Double(), server_default="0", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("code", sa.Integer(), server_default="0", nullable=False),
        sa.Column("status", sa.String(12), server_default="", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["send_id"], ["send.id"], name=op.f("fk_delivery_send_id")),
        sa.PrimaryKeyConstraint("send_id", "n", name=op.f("pk_delivery")),
        sa.UniqueConstraint("send_id", "address_key", name=op.f("uq_delivery_send_id_address_key")),
        sa.UniqueConstraint("send_id", "subscriber_id", name=op.f("uq_delivery_send_id_subscriber_id")),
        postgresql_with={"fillfactor": 70},
        sqlite_with_rowid=False,
    )


def _deliveries() -> None:
    op.create_table(
        "lane_stop",
        sa.Column("send_id", _ID, nullable=False),
        sa.Column("lane", sa.String(255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["send_id"], ["send.id"], name=op.f("fk_lane_stop_send_id")),
        sa.PrimaryKeyConstraint("send_id", "lane", name=op.f("pk_lane_stop")),
    )
    op.create_table(
        "attempt_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("send_id", _ID, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("code", sa.Integer(), server_default="0", nullable=False),
        sa.Column("status", sa.String(12), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_event")),
    )
    op.create_index("ix_attempt_event_delivery", "attempt_event", ["send_id", "n"])
    op.create_table(
        "rate",
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("tat", sa.Double(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate")),
    )
    op.create_table(
        "rate_slice",
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("slice", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "slice", name=op.f("pk_rate_slice")),
    )
    op.create_table(
        "worker",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.Column("send_id", _ID),
        sa.Column("seq", sa.Integer()),
        sa.Column("rate", sa.Double(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker")),
    )


def _events() -> None:
    op.create_table(
        "event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("dedupe", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(14), nullable=False),
        sa.Column("verdict", sa.String(8), server_default="", nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("send_id", _ID),
        sa.Column("n", sa.Integer()),
        sa.Column("subscriber_id", _ID),
        sa.Column("list_id", _ID),
        sa.Column("domain", sa.String(255), server_default="", nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("status", sa.String(12), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_event_dedupe")),
    )
    op.create_index("ix_event_send", "event", ["send_id", "kind"])
    op.create_table(
        "bounce_score",
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id", name=op.f("pk_bounce_score")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", _ID, nullable=False),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("proof", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("digest", name=op.f("uq_inbox_digest")),
    )


def _clock() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(80), server_default="", nullable=False),
        sa.Column("issue", sa.String(200), server_default="", nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("zone", sa.String(40), nullable=False),
        sa.Column("next_wall", sa.String(32)),
        sa.Column("next_at", sa.Double()),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("audience", _JSON, nullable=False),
        sa.Column("sender", _JSON),
        sa.Column("transport", sa.String(40), server_default="", nullable=False),
        sa.Column("digest", sa.String(64), server_default="", nullable=False),
        sa.Column("frozen", sa.LargeBinary()),
        sa.Column("expect", sa.Integer(), server_default="0", nullable=False),
        sa.Column("least", sa.Integer(), server_default="0", nullable=False),
        sa.Column("most", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
    )
    op.create_index("ix_schedule_due", "schedule", ["state", "next_at"])
    op.create_index(
        "uq_schedule_issue",
        "schedule",
        ["issue"],
        unique=True,
        sqlite_where=sa.text("kind = 'once' AND state IN ('waiting', 'held')"),
        postgresql_where=sa.text("kind = 'once' AND state IN ('waiting', 'held')"),
    )
    op.create_index(
        "uq_schedule_name",
        "schedule",
        ["kind", "name"],
        unique=True,
        sqlite_where=sa.text("name <> ''"),
        postgresql_where=sa.text("name <> ''"),
    )
    op.create_table(
        "occurrence",
        sa.Column("id", _ID, nullable=False),
        sa.Column("schedule_id", _ID, nullable=False),
        sa.Column("wall", sa.String(32), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("decision", sa.String(8), server_default="", nullable=False),
        sa.Column("issue", sa.String(200), server_default="", nullable=False),
        sa.Column("send_id", _ID),
        sa.Column("late", sa.Double(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_until", sa.Double(), server_default="0", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("noted_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"], name=op.f("fk_occurrence_schedule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrence")),
        sa.UniqueConstraint("schedule_id", "wall", name=op.f("uq_occurrence_schedule_id_wall")),
    )
    op.create_index("ix_occurrence_state", "occurrence", ["state", "lease_until"])
    op.create_table(
        "notice",
        sa.Column("id", _ID, nullable=False),
        sa.Column("schedule_id", _ID, nullable=False),
        sa.Column("wall", sa.String(32), nullable=False),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("facts", _JSON, nullable=False),
        sa.Column("noted_at", sa.Double(), nullable=False),
        sa.Column("told_at", sa.Double()),
        sa.Column("not_before", sa.Double(), server_default="0", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"], name=op.f("fk_notice_schedule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("schedule_id", "wall", "about", name=op.f("uq_notice_schedule_id_wall_about")),
    )
    op.create_index("ix_notice_untold", "notice", ["told_at", "not_before"])
    op.create_table(
        "sequence_entry",
        sa.Column("schedule_id", _ID, nullable=False),
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("occurrence_id", _ID),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"], name=op.f("fk_sequence_entry_schedule_id")),
        sa.PrimaryKeyConstraint("schedule_id", "subscriber_id", name=op.f("pk_sequence_entry")),
    )
    op.create_index("ix_sequence_entry_due", "sequence_entry", ["schedule_id", "state", "due_at"])
    op.create_table(
        "chore",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.Column("done_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chore")),
    )
