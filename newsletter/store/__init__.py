"""One database, opened from its URL: SQLite by default, PostgreSQL when named; one code path for both.

It knows tables, migrations and transactions, and nothing of what they mean. A table is written by its
owner only: `audience` people, `delivery` sends, `feedback` events, `schedule` the clock.
"""
