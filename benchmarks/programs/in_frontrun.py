"""The programs as frontrun takes them: a state, one function for each thread, and what must be true in the end.

Usage: frontrun python in_frontrun.py PROGRAM first|all
"""

import json
import queue
import sys
import threading
import time

import frontrun


class Counter:
    def __init__(self):
        self.value = 0
        self.lock = threading.Lock()

    def work_broken(self):
        self.value += 1

    def work(self):
        with self.lock:
            self.value += 1

    def is_right(self):
        return self.value == 2


class Items:
    def __init__(self):
        self.items = ["the last one"]
        self.lock = threading.Lock()

    def work_broken(self):
        if self.items:
            self.items.pop()

    def work(self):
        with self.lock:
            if self.items:
                self.items.pop()

    def is_right(self):
        return not self.items


class Locks:
    def __init__(self):
        self.first, self.second = threading.Lock(), threading.Lock()

    def work(self):
        with self.first, self.second:
            pass

    def work_the_other_way(self):
        with self.second, self.first:
            pass

    def is_right(self):
        return True


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


class Jobs:
    def __init__(self, jobs):
        self.jobs = jobs
        self.taken = []

    def produce(self):
        self.jobs.put(1)
        self.jobs.put(2)

    def consume(self):
        self.taken.append(self.jobs.get())

    def is_right(self):
        return sorted(self.taken) == [1, 2]


class Download(threading.Thread):
    page = None

    def __init__(self):
        super().__init__()
        self.ready = threading.Event()

    def run(self):
        self.page = "the page"
        self.ready.set()


class Page:
    def __init__(self, waits):
        self.waits = waits
        self.download = Download()
        self.timer = threading.Timer(1, self.show)
        self.shown = []

    def show(self):
        if self.waits:
            self.download.ready.wait()
        self.shown.append(self.download.page)

    # frontrun starts the threads of its workers itself: these run what they would run.

    def run_download(self):
        self.download.run()

    def run_timer(self):
        self.timer.run()

    def is_right(self):
        return self.shown == ["the page"]


PROGRAMS = {
    "lost_update_broken": (Counter, [Counter.work_broken, Counter.work_broken]),
    "lost_update": (Counter, [Counter.work, Counter.work]),
    "check_then_act_broken": (Items, [Items.work_broken, Items.work_broken]),
    "check_then_act": (Items, [Items.work, Items.work]),
    "two_locks_broken": (Locks, [Locks.work, Locks.work_the_other_way]),
    "two_locks": (Locks, [Locks.work, Locks.work]),
    "bounded_queue_broken": (lambda: Jobs(BoundedQueue()), [Jobs.produce, Jobs.consume, Jobs.consume]),
    "bounded_queue": (lambda: Jobs(queue.Queue(maxsize=1)), [Jobs.produce, Jobs.consume, Jobs.consume]),
    "timer_and_subclass_broken": (lambda: Page(False), [Page.run_download, Page.run_timer]),
    "timer_and_subclass": (lambda: Page(True), [Page.run_download, Page.run_timer]),
}


def explore(name: str, first: bool) -> dict[str, object]:
    setup, workers = PROGRAMS[name]
    result = frontrun.explore(
        setup=setup,
        workers=workers,
        invariant=lambda state: state.is_right(),
        preemption_bound=2,
        stop_on_first=first,
        reproduce_on_failure=0,  # ten more executions by default
        clock="explored" if "timer" in name else "real",
    )
    if result.property_holds is None:
        verdict = f"none: {result.inconclusive_reason}"
    elif result.property_holds:
        verdict = "passes"
    else:
        verdict = "fails: " + (result.explanation or "").partition("\n")[0]
    return {"executions": result.num_explored, "verdict": verdict}


def main() -> None:
    start = time.perf_counter()
    try:
        result = explore(sys.argv[1], sys.argv[2] == "first")
    except Exception as error:  # a worker's own, which ends the exploration
        result = {"executions": None, "verdict": f"fails: {error!r}"}
    print(json.dumps({"seconds": time.perf_counter() - start, **result}))


if __name__ == "__main__":
    main()
