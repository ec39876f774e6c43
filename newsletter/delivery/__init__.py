"""A confirmed plan comes in; deliveries go out: each recipient at most once, every outcome known or said to be unknown.

A body leaves only for a row that a committed transaction moved from queued to sending. Nothing here
retries on its own, and what can not be known is shown to a person.

In the order of a send's life: `plan` counts and names it, `confirm` makes it, `run` sends it by way of
`feed` and `ledger`, `control` and `resolve` are a person's hands on it, `status` and `counts` tell of it.
"""
