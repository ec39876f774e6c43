"""One delivery through SendGrid: parcels into calls, calls into threads, answers into receipts.

The first call goes alone: a key that is refused or a network that is down costs one call, not all threads'.
Pulls and reports stay in the calling thread; the threads only wait for the network.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from newsletter.delivery.transports.base import Blame, Outcome, Parcel, Pause, Receipt
from newsletter.delivery.transports.sendgrid_answer import BUSY, Answer, failure, receipts, unreachable
from newsletter.delivery.transports.sendgrid_call import Call, Form, Row

if TYPE_CHECKING:
    from newsletter.config.model import SendGrid as Settings
    from newsletter.delivery.transports.base import Parcels, Report

#: makes one call; raises nothing for what the other side or the network does
Post = Callable[[bytes], Answer]
#: seconds to wait when SendGrid is busy and does not say how long, and the longest we wait here
UNSAID_WAIT, LONGEST_WAIT = 10.0, 60.0


class Run:
    """The state of one delivery."""

    def __init__(self, settings: Settings, post: Post, parcels: Parcels, report: Report) -> None:
        self._settings = settings
        self._post = post
        self._parcels = parcels
        self._report = report
        self._answers: queue.SimpleQueue[tuple[int, Answer] | None] = queue.SimpleQueue()
        #: letters as SendGrid takes them, by their identity: a run has a handful
        self._forms: dict[int, Form] = {}
        self._waiting: deque[Call] = deque()
        self._flying: dict[int, Call] = {}
        self._started = 0
        self._reached = False
        #: no call before then: SendGrid asked us to wait
        self._busy_until = 0.0
        #: no parcel before then: the ledger asked us to wait
        self._paused_until = 0.0
        self._ended = False
        self._closed = False
        self._failure: BaseException | None = None

    def close(self) -> None:
        """End soon, from any thread: what was called is in doubt, what was not is deferred."""
        self._closed = True
        self._answers.put(None)

    def go(self) -> None:
        """Deliver everything; raises what ended it early, when every receipt was reported."""
        try:
            while not self._over():
                self._step()
        finally:
            self._give_up()
        if self._failure is not None:
            raise self._failure

    def _over(self) -> bool:
        if self._closed:
            return True
        if self._failure is not None:
            return not self._flying
        return self._ended and not self._flying and not self._waiting

    def _step(self) -> None:
        """Do one thing: start a call, pull parcels, or wait for an answer."""
        now = time.monotonic()
        places = (self._settings.threads if self._reached else 1) - len(self._flying)
        if self._failure is not None or places <= 0:
            self._take_answer(None)
        elif self._busy_until > now:
            self._take_answer(self._busy_until - now)
        elif self._waiting:
            self._start(self._waiting.popleft())
        elif self._ended:
            self._take_answer(None)
        elif self._paused_until > now:
            self._take_answer(self._paused_until - now)
        else:
            self._pull()

    def _pull(self) -> None:
        """Take as many parcels as go into a call, and make calls of them, of one letter each."""
        taken: dict[int, list[Row]] = {}
        try:
            for count, parcel in enumerate(self._parcels, 1):
                if isinstance(parcel, Pause):
                    self._paused_until = time.monotonic() + parcel.seconds
                    break
                self._prepare(parcel, taken)
                if count >= self._settings.batch or self._closed:
                    break
            else:
                self._ended = True
        except BaseException as error:  # the iterator's fault is raised when every receipt was reported
            self._failure = error
        for letter, rows in taken.items():
            for call in self._forms[letter].calls(rows):
                if isinstance(call, Receipt):
                    self._tell(call)
                else:
                    self._waiting.append(call)

    def _prepare(self, parcel: Parcel, taken: dict[int, list[Row]]) -> None:
        letter = id(parcel.letter)
        form = self._forms.get(letter)
        if form is None:
            form = self._forms[letter] = Form(letter=parcel.letter, sandbox=self._settings.sandbox)
        try:
            prepared = form.row(parcel)
        except BaseException:
            self._tell(Receipt(key=parcel.key, outcome=Outcome.DEFERRED, blame=Blame.SENDER))
            raise
        if isinstance(prepared, Receipt):
            self._tell(prepared)
        else:
            taken.setdefault(letter, []).append(prepared)

    def _start(self, call: Call) -> None:
        self._started += 1
        number = self._started
        self._flying[number] = call
        threading.Thread(target=self._one, args=(number, call), daemon=True, name=f"sendgrid-{number}").start()

    def _one(self, number: int, call: Call) -> None:
        """Make one call, in its thread."""
        answer = Answer(text="the call could not be made", unwritten=True)
        try:
            answer = self._post(call.body)
        finally:
            self._answers.put((number, answer))

    def _take_answer(self, seconds: float | None) -> None:
        """Wait for an answer, at most so many seconds, and report it."""
        try:
            arrived = self._answers.get(timeout=seconds)
        except queue.Empty:
            return
        if arrived is not None:
            number, answer = arrived
            self._settle(self._flying.pop(number), answer)

    def _settle(self, call: Call, answer: Answer) -> None:
        for receipt in receipts(call, answer, sandbox=self._settings.sandbox):
            self._tell(receipt)
        if answer.code == BUSY:
            wait = UNSAID_WAIT if answer.wait is None else answer.wait
            self._busy_until = max(self._busy_until, time.monotonic() + min(wait, LONGEST_WAIT))
        self._reached = self._reached or answer.code != 0
        if self._failure is None:
            self._failure = failure(answer) or (None if self._reached else unreachable(answer))

    def _give_up(self) -> None:
        """Say what is known of everything that has no answer."""
        for call in self._flying.values():
            self._tell_all(call, Outcome.UNKNOWN)
        for call in self._waiting:
            self._tell_all(call, Outcome.DEFERRED)
        self._flying.clear()
        self._waiting.clear()

    def _tell_all(self, call: Call, outcome: Outcome) -> None:
        for each in call.rows:
            self._tell(Receipt(key=each.key, outcome=outcome, blame=Blame.RELAY))

    def _tell(self, receipt: Receipt) -> None:
        try:
            self._report(receipt)
        except Exception as error:  # raised when every receipt was reported
            self._failure = self._failure or error
