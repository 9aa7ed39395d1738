"""The programs as interleave-test takes them: a function that it calls once for each schedule.

Usage: python in_interleave_test.py PROGRAM first|all
"""

import json
import queue
import sys
import threading
import time

import interleave_test


def run(*targets):
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def lost_update_broken():
    counter = 0

    def work():
        nonlocal counter
        counter += 1

    run(work, work)
    assert counter == 2


def lost_update():
    counter = 0
    lock = threading.Lock()

    def work():
        nonlocal counter
        with lock:
            counter += 1

    run(work, work)
    assert counter == 2


def check_then_act_broken():
    items = ["the last one"]

    def work():
        if items:
            items.pop()

    run(work, work)
    assert not items


def check_then_act():
    items = ["the last one"]
    lock = threading.Lock()

    def work():
        with lock:
            if items:
                items.pop()

    run(work, work)
    assert not items


def two_locks_broken():
    first, second = threading.Lock(), threading.Lock()

    def work(outer, inner):
        with outer, inner:
            pass

    run(lambda: work(first, second), lambda: work(second, first))


def two_locks():
    first, second = threading.Lock(), threading.Lock()

    def work(outer, inner):
        with outer, inner:
            pass

    run(lambda: work(first, second), lambda: work(first, second))


class BoundedQueue:
    def __init__(self):
        self.items = []
        self.changed = threading.Condition()

    def put(self, item):
        with self.changed:
            if len(self.items) == 1:
                self.changed.wait()
            self.items.append(item)
            self.changed.notify()

    def get(self):
        with self.changed:
            if not self.items:
                self.changed.wait()
            item = self.items.pop()
            self.changed.notify()
            return item


def produce_and_consume(jobs):
    taken = []

    def produce():
        jobs.put(1)
        jobs.put(2)

    def consume():
        taken.append(jobs.get())

    run(produce, consume, consume)
    assert sorted(taken) == [1, 2]


def bounded_queue_broken():
    produce_and_consume(BoundedQueue())


def bounded_queue():
    produce_and_consume(queue.Queue(maxsize=1))


def download_and_show(waits):
    # Its README: a subclass works where it is made while the model runs.
    class Download(threading.Thread):
        page = None

        def __init__(self):
            super().__init__()
            self.ready = threading.Event()

        def run(self):
            self.page = "the page"
            self.ready.set()

    download = Download()
    shown = []

    def show():
        if waits:
            download.ready.wait()
        shown.append(download.page)

    timer = threading.Timer(1, show)
    download.start()
    timer.start()
    download.join()
    timer.join()
    assert shown == ["the page"]


def timer_and_subclass_broken():
    download_and_show(False)


def timer_and_subclass():
    download_and_show(True)


def main() -> None:
    start = time.perf_counter()
    # Depth-first search, which stops at the first schedule that fails: there is no other way to exhaust with it.
    result = interleave_test.explore(
        globals()[sys.argv[1]], strategy="dfs", max_preemptions=2, iterations=1_000_000, seed=0, raise_on_failure=False
    )
    seconds = time.perf_counter() - start
    failure = result.failure
    if failure is None:
        verdict = "passes"
    else:
        verdict = f"fails: {failure.exception!r}" if failure.exception else f"fails: {failure.kind}"
    print(json.dumps({"seconds": seconds, "executions": result.schedules_run, "verdict": verdict}))


if __name__ == "__main__":
    main()
