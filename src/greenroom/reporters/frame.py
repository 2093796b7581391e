"""The lines of the live view: a pure function from progress to text.

     1    3 s  test_pays_once  shop.tests.test_orders.OrderTests
     2   12 s  test_everything  shop.tests.test_all.Everything
     ━━━━━━━━━━━━━━━━────────────────  41/120  1 failed, 2 skipped  0:12, 0:31 left

One line for each worker, whose test is named once it runs for half a second: names that fly by can't be read. In a run
without workers there is one line, with the test that began last, and without its seconds: nobody is there to count
them while it runs.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from greenroom.reporters.ansi import Paint, Span, Style, cells, fit, plain, printable
from greenroom.reporters.progress import Progress, clock

_NAMED_AFTER = 0.5
"""Seconds that a worker's test must run to be named."""
_BAR = (8, 40)
"""The fewest and the most columns of the bar."""


class Look(msgspec.Struct, frozen=True):
    """How the view is drawn.

    Args:
        paint: puts colours on.
        encoding: of the terminal.
    """

    paint: Paint = plain
    encoding: str = "utf-8"

    @property
    def unicode(self) -> bool:
        """Whether lines and dots beyond ASCII can be shown."""
        return self.encoding.lower().replace("-", "") == "utf8"

    def fit(self, spans: list[Span], width: int) -> str:
        """One line of text."""
        return fit(spans, width, self.paint, more="…" if self.unicode else "~")


def frame(progress: Progress, now: float, width: int, room: int, look: Look) -> list[str]:
    """The lines of the view.

    The number of lines depends on the number of workers and the room alone, so that the view stands still.

    Args:
        progress: where the run is.
        now: seconds since the epoch.
        width: columns that a line may take.
        room: lines that there may be, at least one.
        look: how it is drawn.
    """
    if progress.workers:
        tests = _worker_lines(progress, now, width, room - 1, look)
    else:
        tests = [test_line(progress, width, look)] if room > 1 else []
    return [*tests, _bar_line(progress, now, width, look)]


def test_line(progress: Progress, width: int, look: Look) -> str:
    """The line of the test that runs in this process."""
    running = progress.running.get(0)
    return look.fit([(" ", "plain"), *_name(running.test, look)], width) if running else ""


def _worker_lines(progress: Progress, now: float, width: int, room: int, look: Look) -> list[str]:
    workers = list(range(1, progress.workers + 1))
    if 0 in progress.running:
        # What no worker can find by its name runs here, when the workers are done.
        workers[-1] = 0
    if len(workers) > room:
        began = {worker: test.at for worker, test in progress.running.items()}
        workers = sorted(sorted(workers, key=lambda worker: began.get(worker, now))[: max(0, room)])
    digits = len(str(progress.workers))
    lines = []
    for worker in workers:
        spans: list[Span] = [(f" {worker or '':>{digits}}", "dim")]
        running = progress.running.get(worker)
        if running is not None and (worker == 0 or now - running.at >= _NAMED_AFTER):
            seconds = "" if worker == 0 else _seconds(now - running.at)
            spans += [(f" {seconds:>6}  ", "plain"), *_name(running.test, look)]
        lines.append(look.fit(spans, width))
    return lines


def _name(test: str, look: Look) -> list[Span]:
    """The method first: it must survive the cutting."""
    where, _, method = printable(test, look.encoding).rpartition(".")
    return [(method, "plain"), (f"  {where}", "dim")]


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else clock(seconds)


# The line of the bar --------------------------------------------------------------------------------------------------


def _bar_line(progress: Progress, now: float, width: int, look: Look) -> str:
    fewest, most = _BAR
    elapsed, left = clock(progress.elapsed(now)), progress.left(now)
    number = f"{progress.done}/{progress.total}"
    done: Span = (f"  {number:>{2 * len(str(progress.total)) + 1}}", "plain")
    long, short = _counts(progress, _long_words), _counts(progress, _short_words)
    remaining = "" if left is None else f"{clock(left)} left"
    times: Span = (f"  {elapsed}{', ' if remaining else ''}{remaining}", "plain")
    only_left: Span = (f"  {remaining or elapsed}", "plain")
    choices = ([done, *long, times], [done, *short, times], [done, *short, only_left], [done, *short], [done])
    for spans in choices:
        room = width - 1 - sum(cells(text) for text, _ in spans)
        if room >= fewest:
            break
    return look.fit([(" ", "plain"), *_bar(progress, min(most, max(0, room)), look), *spans], width)


def _bar(progress: Progress, width: int, look: Look) -> list[Span]:
    full, empty = ("━", "─") if look.unicode else ("#", "-")
    filled = width * progress.done // progress.total if progress.total else 0
    bad = progress.tally.bad and not progress.checks_pending
    return [(full * min(filled, width), "bad" if bad else "good"), (empty * max(0, width - filled), "dim")]


def _counts(progress: Progress, words: Callable[[int, str], str]) -> list[Span]:
    if progress.checks_pending:
        # Nothing that happened counts yet.
        return [("  checks…" if words is _short_words else "  system checks still run", "dim")]
    tally = progress.tally
    counts: list[tuple[int, str, Style]] = [
        (tally.failures, "failed", "bad"),
        (tally.errors, "errors", "bad"),
        (tally.unexpected_successes, "unexpectedly passed", "bad"),
        (tally.flaky, "flaky", "warn"),
        (tally.quarantined, "in quarantine", "warn"),
        (tally.skipped, "skipped", "warn"),
    ]
    between = ", " if words is _long_words else " "
    spans: list[Span] = []
    for number, noun, style in counts:
        if number:
            spans += [(between if spans else "  ", "plain"), (words(number, noun), style)]
    return spans


def _long_words(number: int, noun: str) -> str:
    return f"{number} {'error' if noun == 'errors' and number == 1 else noun}"


def _short_words(number: int, noun: str) -> str:
    return (
        f"{number}{ {'failed': 'F', 'errors': 'E', 'skipped': 's', 'flaky': '~', 'in quarantine': 'q'}.get(noun, 'u') }"
    )
