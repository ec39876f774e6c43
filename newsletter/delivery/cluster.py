"""Batches handed out to workers on any number of hosts: the same routine under procrastinate (PostgreSQL).

A job is the number of one batch and nothing more; it is written in the transaction that makes the send. Truth
stays in the ledger: a job that runs twice finds its batch done or in somebody's hands, a job that is lost is made
again. Nothing but this module knows the engine, and nothing of it is loaded on SQLite.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from newsletter.delivery.sql import Statement
from newsletter.errors import BusyError, NewsletterError, TransientError
from newsletter.language import _
from newsletter.store.database import now

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.jobs import Job
    from procrastinate.retry import BaseRetryStrategy
    from sqlalchemy import Connection

    from newsletter.delivery.stopping import Stop
    from newsletter.store.database import Store

log = logging.getLogger(__name__)
BATCHES, CARE = "batches", "care"
_BATCH, _RESCUE, _REFILL = "newsletter.batch", "newsletter.rescue", "newsletter.refill"
#: jobs written at once, and as many as must wait before no more are made
SLICE = 10_000
ENOUGH = 1_000
#: a batch that is in somebody's hands is tried again after a second, so many times
BUSY_WAIT, BUSY_TIMES = 1.0, 60
#: the longest a job sleeps before it looks at the send again, and after a fault
LONGEST, AFTER_FAULT = 600.0, 15.0
#: seconds before the database is tried again
AWAY = 1.0

_WITHOUT_JOB = Statement("""
    SELECT b.send_id, b.seq, CASE WHEN s.starts_at > {now} THEN s.starts_at ELSE 0 END
      FROM send_batch b JOIN send s ON s.id = b.send_id
     WHERE b.state = 'queued' AND b.not_before <= {now} AND s.state = 'running'
       AND (b.send_id = :send OR :send = 0)
       AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs j
                        WHERE j.status = 'todo' AND j.queueing_lock = concat('S', b.send_id, '/', b.seq))
       AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs j
                        WHERE j.status = 'doing' AND j.queueing_lock = concat('S', b.send_id, '/', b.seq))
     ORDER BY b.send_id, b.seq LIMIT :limit""")
_WAITING = Statement("""
    SELECT count(*) FROM (SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = :queue
       AND (scheduled_at IS NULL OR scheduled_at <= clock_timestamp()) LIMIT :limit) AS waiting""")


def hand_out(connection: Connection, *, send: int = 0) -> int:
    """Write a job for each batch that may go and has none, in the caller's transaction; return how many.

    `send`: of one send only. Raises TransientError when somebody else does the same at this moment.
    """
    made = 0
    while rows := _WITHOUT_JOB.rows(connection, {"send": send, "limit": SLICE}):
        _defer(connection, [_job(*cast("tuple[int, int, float]", row)) for row in rows])
        made += len(rows)
    return made


def refill(connection: Connection) -> int:
    """Do the same for every send, unless enough jobs wait already."""
    found = _WAITING.rows(connection, {"queue": BATCHES, "limit": ENOUGH})
    return 0 if cast("int", found[0][0]) >= ENOUGH else hand_out(connection)


def _job(send: int, seq: int, starts_at: float) -> Job:
    from procrastinate.jobs import Job  # 0.3 s: only with PostgreSQL

    return Job(
        id=None,
        queue=BATCHES,
        lock=None,
        queueing_lock=f"S{send}/{seq}",
        task_name=_BATCH,
        task_kwargs={"send": send, "seq": seq},
        scheduled_at=datetime.fromtimestamp(starts_at, UTC) if starts_at else None,
    )


def _defer(connection: Connection, jobs: Sequence[Job]) -> None:
    from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
    from procrastinate.manager import JobManager
    from procrastinate.sync_psycopg_connector import SyncPsycopgConnector

    driver = connection.connection.driver_connection
    try:
        JobManager(SyncPsycopgConnector()).batch_defer_jobs(list(jobs), connection=driver)
    except (AlreadyEnqueued, ConnectorException):
        raise TransientError(
            _("The database did not answer; nothing was lost."), hint=_("Try again, or resume.")
        ) from None


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often workers say that they live, and after how many seconds of silence one is taken for dead."""

    heartbeat: float = 5.0
    dead_after: float = 20.0
    #: seconds between two looks for work that nobody was told of
    poll: float = 1.0

    @classmethod
    def within(cls, lease: float) -> Pace:
        """Be no slower than the leases of the batches."""
        return cls(heartbeat=min(5.0, lease / 4), dead_after=min(20.0, lease))


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a worker does: with one batch, and now and then for all."""

    #: send and number of the batch -> seconds after which to try again, 0 when it is through
    batch: Callable[[int, int], float]
    #: every two seconds, by one worker at a time
    care: Callable[[], object]
    #: batches at once
    at_once: int = 1


def work(store: Store, task: Work, *, stop: Stop, pace: Pace | None = None) -> None:
    """Take batches as they are handed out until asked to end; while the database is away, wait for it."""
    # the engine's own lines hold what tasks raise; ours say what happened without what it happened to
    for name in ("procrastinate", "psycopg.pool", "psycopg"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    asyncio.run(_until_asked(store, task, stop, pace or Pace()))


def conninfo(store: Store) -> str:
    """Return the address of a store's server in the driver's own words."""
    from psycopg.conninfo import make_conninfo

    from newsletter.store.database import PATIENCE

    url = store.engine.url
    named = url.translate_connect_args(username="user", database="dbname")
    return make_conninfo(**{**PATIENCE, **named, **{name: str(value) for name, value in url.query.items()}})


async def _until_asked(store: Store, task: Work, stop: Stop, pace: Pace) -> None:
    import psycopg
    from procrastinate.exceptions import ConnectorException

    where, loop = conninfo(store), asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(task.at_once + 2))
    loop.set_exception_handler(_aside)
    while not stop.asked:
        try:
            app = _app(where, store, task, pace)
            async with app.open_async():
                await _at_work(app, task, stop, pace)
        except (ConnectorException, psycopg.Error):
            log.warning("the database is away; trying again")
        if not stop.asked:
            await asyncio.sleep(AWAY)


def _aside(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Note what nobody waits for: a job that could not be ended because another worker had been given it meanwhile."""
    log.info("a job was not ended", extra={"error": type(context.get("exception")).__name__})


async def _at_work(app: App, task: Work, stop: Stop, pace: Pace) -> None:
    """Work until asked to end, or until the engine can not reach the database."""
    running = [
        asyncio.create_task(_worker(app, queue, at_once, pace))
        for queue, at_once in ((BATCHES, task.at_once), (CARE, 1))
    ]
    asked = asyncio.create_task(_asked(stop))
    await asyncio.wait([*running, asked], return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    for one in running:
        one.cancel()  # it ends when what it has in hand is done
    await asyncio.gather(*running, asked, return_exceptions=True)


async def _worker(app: App, queue: str, at_once: int, pace: Pace) -> None:
    await app.run_worker_async(
        queues=[queue],
        name=queue,
        concurrency=at_once,
        fetch_job_polling_interval=pace.poll,
        update_heartbeat_interval=pace.heartbeat,
        stalled_worker_timeout=pace.dead_after,
        delete_jobs="always",
        install_signal_handlers=False,
    )


async def _asked(stop: Stop) -> None:
    while not stop.asked:
        await asyncio.sleep(0.1)


def _app(where: str, store: Store, task: Work, pace: Pace) -> App:
    from procrastinate import App, PsycopgConnector

    app = App(connector=PsycopgConnector(conninfo=where, min_size=1, max_size=task.at_once + 4, timeout=10.0))

    @app.task(name=_BATCH, queue=BATCHES, retry=_strategy())
    async def batch(send: int, seq: int) -> None:
        await asyncio.to_thread(_one, store, task, send, seq)

    @app.periodic(cron="* * * * * */2", periodic_id=_REFILL)
    @app.task(name=_REFILL, queue=CARE, queueing_lock=_REFILL)
    async def again(timestamp: int) -> None:  # noqa: ARG001 (the engine names it)
        await asyncio.to_thread(_caring, task)

    @app.periodic(cron="* * * * * */2", periodic_id=_RESCUE)
    @app.task(name=_RESCUE, queue=CARE, queueing_lock=_RESCUE)
    async def rescue(timestamp: int) -> None:  # noqa: ARG001 (the engine names it)
        await _rescue(app, pace.dead_after)

    return app


class LaterError(Exception):
    """A batch can not go now: its job sleeps until a moment by the database's clock, which all hosts share."""

    def __init__(self, at: float, *, busy: bool) -> None:
        super().__init__(at)
        self.at = datetime.fromtimestamp(at, UTC)
        self.busy = busy


def _strategy() -> BaseRetryStrategy:
    from procrastinate.retry import BaseRetryStrategy, RetryDecision

    class Again(BaseRetryStrategy):
        """Try again what was busy, or when it said; what is dropped is made again while its batch waits."""

        def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
            if not isinstance(exception, LaterError) or (exception.busy and job.attempts >= BUSY_TIMES):
                return None
            return RetryDecision(retry_at=exception.at)

    return Again()


def _one(store: Store, task: Work, send: int, seq: int) -> None:
    """Run one batch; raises LaterError when it has to be looked at again."""
    wait, busy = _tried(task, send, seq)
    if wait > 0:
        with store.read() as connection:
            raise LaterError(now(connection) + min(wait, LONGEST), busy=busy)


def _tried(task: Work, send: int, seq: int) -> tuple[float, bool]:
    """Return after how many seconds to try again, 0 for never, and whether the batch is in somebody's hands.

    A fault puts it off, so that no worker takes it up again and again.
    """
    try:
        return task.batch(send, seq), False
    except BusyError:
        return BUSY_WAIT, True
    except NewsletterError as error:
        log.warning("a batch could not go", extra={"send": send, "batch": seq, "fault": error.code})
    except Exception as error:
        # a fault of ours must not end the worker; its text could hold an address, so its place is logged alone
        log.error("a batch broke", extra={"send": send, "batch": seq, "place": _place(error)})  # noqa: TRY400
    return AFTER_FAULT, False


def _caring(task: Work) -> None:
    try:
        task.care()
    except NewsletterError as error:
        log.warning("looking for work failed", extra={"fault": error.code})
    except Exception as error:
        log.error("looking for work broke", extra={"place": _place(error)})  # noqa: TRY400 (as above)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} {frames[-1].filename}:{frames[-1].lineno}" if frames else type(error).__name__


async def _rescue(app: App, dead_after: float) -> None:
    """Give on what dead workers had in hand: the engine leaves it marked as running for ever (procrastinate #740)."""
    from procrastinate.exceptions import ConnectorException
    from procrastinate.jobs import Status

    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=dead_after):
        with contextlib.suppress(ConnectorException):  # somebody else rescued it
            if job.queue == BATCHES:
                await app.job_manager.retry_job(job)
            else:
                await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
