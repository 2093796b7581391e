"""Runs groups of tests in worker processes, and outlives each of them.

One loop owns everything: it reads what workers report, gives out groups, watches the time and the lives of workers. A
worker that ends before it said goodbye costs the test it was at, which becomes an error with the cause in words; the
rest of its group, and the groups it had not begun, go back into the schedule, and a fresh worker takes its place.
"""

from __future__ import annotations

import select
import selectors
import signal
import time
from collections.abc import Callable, Mapping
from multiprocessing.context import BaseContext
from typing import Any

import msgspec

from greenroom import clock
from greenroom.errors import WorkerStartError
from greenroom.events import FixtureFinished, TestFinished, WorkerLost
from greenroom.execute.accounts import Accounts
from greenroom.execute.api import GroupQueue, Leases, Narrator, Retries, Roster
from greenroom.execute.control import Control
from greenroom.execute.losses import exit_in_words, fixture_name, loss_problem
from greenroom.execute.messages import Carried, Leave, RunGroup, TestRef
from greenroom.execute.workerhandle import Assignment, WorkerHandle
from greenroom.model import Group

_AHEAD = 0.03
"""Seconds of work that a worker is given ahead, so that it never waits for the parent between small groups."""
_TICK = 0.005
"""Seconds between two rounds while workers have enough to do: the parent shares the cores with them."""
_SHORT_TICK = 0.001
"""The same while a worker may be waiting for its next group."""
_DEPTH = 64
"""Groups that a worker is given ahead at most."""
_FAREWELL = 5.0
"""Seconds that a worker may take to end after its goodbye, and to tear down when it is told to stop."""


class WorkerSetup(msgspec.Struct, frozen=True):
    """How a worker process is made."""

    context: BaseContext
    target: Callable[..., None]
    arguments: Callable[[int], tuple[Any, ...]]
    """What the target is given, by the number of the worker."""
    refs: Mapping[int, TestRef] | None
    """How workers find tests by themselves; None where they inherit them."""


class ProcessExecutor:
    """An `Executor` over a fixed number of worker processes.

    Args:
        roster: the tests.
        queue: gives out the groups.
        workers: how many processes.
        setup: how one is made.
        leases: the databases of workers.
        limits: seconds that tests may take, by index; the others take `timeout`.
        timeout: seconds that a test may take; None: any time.
        carry: is given what another engine than unittest has to say, with its worker.
        farewell: seconds that workers may take to end.
        retries: the tests that are to be tried again; None where none ever is.
    """

    def __init__(  # noqa: PLR0913 - what a run consists of
        self,
        roster: Roster,
        queue: GroupQueue,
        workers: int,
        setup: WorkerSetup,
        leases: Leases,
        *,
        limits: Mapping[int, float],
        timeout: float | None,
        carry: Callable[[WorkerHandle, Carried], None] | None = None,
        farewell: float = _FAREWELL,
        retries: Retries | None = None,
    ) -> None:
        self._roster = roster
        self._retries = retries
        self._group_of: dict[int, Group] = {}
        """By test, where any may be tried again."""
        self._failed_in: set[int] = set()
        """The workers in which a test failed that now waits for a worker, best another one."""
        self._ids = roster.ids
        self._queue = queue
        self._count = workers
        self._setup = setup
        self._leases = leases
        self._limits = limits
        self._timeout = timeout
        self._timed = timeout is not None or bool(limits)
        self._workers: dict[int, WorkerHandle] = {}
        self._selector = selectors.DefaultSelector()
        self._carry = carry
        self._farewell = farewell
        self._numbers = 0
        self._start_failures = 0
        self._stopping = False
        self._broken: WorkerStartError | None = None

    # The loop ---------------------------------------------------------------------------------------------------------

    def run(self, narrator: Narrator, control: Control) -> None:
        """Run all groups of the queue.

        Raises:
            WorkerStartError: a worker could not be started; nothing runs any more.
        """
        self._narrator = narrator
        control.killers.append(self._kill_all)
        self._accounts = Accounts(
            self._ids,
            narrator,
            self._queue,
            self._limits,
            self._timeout,
            control,
            self._start_failed,
            self._roster.add,
            self._carry,
        )
        try:
            for slot in range(1, self._count + 1):
                self._start(slot)
            self._loop(control)
            if control.reason or self._broken:
                self._stop(control)
            else:
                self._dismiss()
        finally:
            for worker in list(self._workers.values()):
                self._discard(worker)
            self._selector.close()
        if self._broken:
            raise self._broken

    def _loop(self, control: Control) -> None:
        round_ = 0.0
        while not control.reason and not self._broken:
            if self._retries is not None and self._retries.waiting:
                self._try_again(self._retries)
            self._hand_out()
            if not self._work_left and not any(worker.queue for worker in self._workers.values()):
                return
            ready = self._selector.select(self._patience())
            before, round_ = round_, time.monotonic()
            busy = all(self._load(worker) > 2 * _TICK for worker in self._workers.values())
            if round_ - before < (_TICK if busy else _SHORT_TICK):
                time.sleep(_TICK if busy else _SHORT_TICK)
            for key, _ in ready:
                worker = self._workers.get(key.data)
                if worker is not None and key.fd in worker.sentinels:
                    self._listen(worker)
            if self._timed:
                self._watch_time()
            if not ready:
                self._look_for_dead()
            if control.poll is not None:
                control.poll()
            self._narrator.flush()

    def _patience(self) -> float:
        deadlines = [worker.deadline for worker in self._workers.values() if worker.deadline is not None]
        return max(0.0, min(0.1, *(deadline - time.monotonic() for deadline in deadlines))) if deadlines else 0.1

    @property
    def _work_left(self) -> bool:
        return bool(self._queue.pending) or (self._retries is not None and self._retries.waiting)

    def _try_again(self, retries: Retries) -> None:
        """Give back to the queue what failed and is due, each test as a group of its own."""
        for index, slot in retries.due():
            group = self._group_of[index]
            changes = {"tests": (index,), "test_seconds": (), "seconds": 0.0, "splittable": False, "again": True}
            self._queue.requeue(msgspec.structs.replace(group, **changes))
            self._failed_in.add(slot)

    def _hand_out(self) -> None:
        # What left its traces in a process may fail there again: another worker is asked first.
        for worker in sorted(self._workers.values(), key=lambda worker: worker.slot in self._failed_in):
            while worker.ready and not worker.leaving and (pending := self._queue.pending):
                # Near the end nothing is given ahead: what waits behind a group may be longer than it seems.
                ahead = _AHEAD if pending > 4 * self._count else 0.0
                if worker.queue and (self._load(worker) > ahead or len(worker.queue) >= _DEPTH):
                    break
                group = self._queue.take(worker.slot)
                if group is None:
                    break
                if self._queue.needs_fresh(worker.slot, group):
                    self._assign(self._refresh(worker), group)
                    break
                self._assign(worker, group)

    def _load(self, worker: WorkerHandle) -> float:
        """Expected seconds of work that a worker holds, corrected by how far expectations have been off so far."""
        return worker.load * self._accounts.pace

    def _assign(self, worker: WorkerHandle, group: Group) -> None:
        self._numbers += 1
        worker.queue.append(Assignment(self._numbers, group))
        worker.load += group.seconds
        refs = self._setup.refs
        found = tuple(refs[i] for i in group.tests) if refs is not None else ()
        worker.send(RunGroup(self._numbers, group.tests, found, group.again))
        if group.again:
            self._failed_in.clear()
        elif self._retries is not None:
            self._group_of.update(dict.fromkeys(group.tests, group))

    # Workers come and go ----------------------------------------------------------------------------------------------

    def _start(self, slot: int) -> WorkerHandle:
        others = [fd for worker in self._workers.values() for fd in worker.descriptors]
        arguments = self._setup.arguments(slot)
        worker = WorkerHandle(slot, self._setup.context, self._setup.target, arguments, others)
        self._workers[slot] = worker
        for fd in worker.sentinels:
            self._selector.register(fd, selectors.EVENT_READ, slot)
        return worker

    def _discard(self, worker: WorkerHandle) -> None:
        self._workers.pop(worker.slot, None)
        for fd in worker.sentinels:
            self._selector.unregister(fd)
        worker.kill()
        worker.close()

    def _refresh(self, worker: WorkerHandle) -> WorkerHandle:
        """A new process with new databases, for a group that must not run after what this one ran."""
        worker.leaving = True
        worker.send(Leave())
        self._await_goodbye(worker, self._farewell)
        self._discard(worker)
        self._leases.renew(worker.slot)
        self._queue.reset_worker(worker.slot)
        return self._start(worker.slot)

    def _kill_all(self) -> None:
        for worker in self._workers.values():
            worker.signal(signal.SIGKILL)

    def _dismiss(self) -> None:
        """All is done: say goodbye to the workers, and wait for them together."""
        for worker in self._workers.values():
            worker.leaving = True
            worker.send(Leave())
        end = time.monotonic() + self._farewell
        for worker in list(self._workers.values()):
            self._await_goodbye(worker, end - time.monotonic())

    def _await_goodbye(self, worker: WorkerHandle, seconds: float) -> None:
        end, open_ = time.monotonic() + seconds, True
        while open_ and worker.exitcode is None and (left := end - time.monotonic()) > 0:
            # What it says at its end may be more than its pipe holds.
            select.select(worker.sentinels, (), (), min(left, 0.1))
            open_ = worker.read()
            self._accounts.take(worker)
        worker.process.join(max(0.0, end - time.monotonic()))
        worker.read()
        self._accounts.take(worker)

    def _stop(self, control: Control) -> None:
        """End what runs, let tear-downs happen, and take what is still reported."""
        self._stopping = True
        for worker in self._workers.values():
            worker.signal(signal.SIGTERM)
        end = time.monotonic() + self._farewell
        waiting = set(self._workers.values())
        while waiting and time.monotonic() < end and not control.kill:
            for worker in list(waiting):
                ended = worker.exitcode is not None
                worker.read()
                self._accounts.take(worker)
                if ended:
                    waiting.discard(worker)
            time.sleep(0.01)
        for worker in list(self._workers.values()):
            self._discard_interrupted(worker)

    def _discard_interrupted(self, worker: WorkerHandle) -> None:
        if worker.current >= 0:
            self._accounts.break_off(worker)
        self._discard(worker)

    # What workers say -------------------------------------------------------------------------------------------------

    def _listen(self, worker: WorkerHandle) -> None:
        open_ = worker.read()
        self._accounts.take(worker)
        if self._workers.get(worker.slot) is worker and (not open_ or worker.exitcode is not None):
            worker.read()
            self._accounts.take(worker)
            if not worker.leaving:
                self._lost(worker)

    # When things go wrong ---------------------------------------------------------------------------------------------

    def _watch_time(self) -> None:
        for worker in list(self._workers.values()):
            if not worker.late:
                continue
            worker.read()
            self._accounts.take(worker)
            if worker.late:
                limit = self._limits.get(worker.current, self._timeout)
                worker.dump_stacks()
                worker.kill()
                self._lost(
                    worker, f"was ended, as it took longer than {limit or 0:g} seconds and did not stop when told"
                )

    def _look_for_dead(self) -> None:
        # Where the system has no pidfd, and a grandchild holds the pipes open, only asking tells.
        for worker in list(self._workers.values()):
            if worker.exitcode is not None and not worker.leaving:
                self._listen(worker)

    def _lost(self, worker: WorkerHandle, reason: str = "") -> None:
        worker.process.join(0.5)
        reason = reason or exit_in_words(worker.exitcode)
        worker.kill()
        stacks, pid, slot = worker.stacks(), worker.pid, worker.slot
        if not worker.ready:
            self._start_failed(worker, f"it {reason} while it was starting", stacks)
            return
        self._discard(worker)
        running = self._ids[worker.current] if worker.current >= 0 else ""
        self._narrator.emit(WorkerLost(clock.now(), slot, pid, reason, running))
        self._settle(worker, reason, stacks)
        self._leases.renew(slot)
        self._queue.reset_worker(slot)
        if self._work_left:
            self._start(slot)

    def _settle(self, worker: WorkerHandle, reason: str, stacks: str) -> None:
        """Charge the loss to what the worker was doing, and give back the rest of its work."""
        slot = worker.slot
        assignments = list(worker.queue)
        current = assignments[0] if assignments and assignments[0].began else None
        if current is None:
            problem = loss_problem(slot, reason, "it was between tests", stacks)
            self._narrator.emit(FixtureFinished(clock.now(), f"worker {slot}", "error", slot, (problem,)))
        else:
            self._charge(worker, current, reason, stacks)
            assignments.pop(0)
            self._queue.finished(slot, current.group)
        for assignment in assignments:
            self._queue.finished(slot, assignment.group)
            self._queue.requeue(assignment.group)

    def _charge(self, worker: WorkerHandle, current: Assignment, reason: str, stacks: str) -> None:
        slot, group, now = worker.slot, current.group, clock.now()
        if worker.current >= 0:
            index = worker.current
            problem = loss_problem(slot, reason, "running this test", stacks)
            self._narrator.emit(TestFinished(now, self._ids[index], index, 0.0, "error", slot, (problem,)))
            self._accounts.tell_found(worker)
            rest = group.tests[group.tests.index(index) + 1 :]
            if rest:
                self._queue.requeue(msgspec.structs.replace(group, tests=rest, test_seconds=()))
            return
        before = current.unfinished > 0
        doing = "setting up this class" if before else "tearing down this class"
        problem = loss_problem(slot, reason, doing, stacks)
        name = fixture_name(before, group.key)
        self._narrator.emit(FixtureFinished(now, name, "error", slot, (problem,)))

    def _start_failed(self, worker: WorkerHandle, summary: str, text: str) -> None:
        if self._stopping:
            return
        self._start_failures += 1
        slot = worker.slot
        self._discard(worker)
        others = any(other.ready for other in self._workers.values())
        if self._start_failures > 2 or not others:
            self._broken = WorkerStartError(f"worker {slot} could not start: {summary}", text.rstrip())
        else:
            self._leases.renew(slot)
            self._start(slot)
