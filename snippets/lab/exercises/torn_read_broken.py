# /// script
# [tool.snippet]
# outputs = [
#   "The cases, one after the other\nevery case holds",
#   "The cases, one after the other\na case fails",
# ]
# ///
# --8<-- [start:program]
from threading import Lock


class Clock:
    def __init__(self):
        self.hour = 9
        self.minute = 59
        self.lock = Lock()

    def tick(self):
        with self.lock:
            self.minute += 1
            if self.minute == 60:
                self.minute = 0
                self.hour += 1

    def read(self):
        return self.hour, self.minute


# --8<-- [end:program]
# --8<-- [start:check]
from threading import Thread


def together(*jobs):
    threads = tuple(Thread(target=job) for job in jobs)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(thread.ident for thread in threads)


TIMES = [(9, 59), (10, 0), (10, 1), (10, 2)]


def check(ticks, looks):
    clock = Clock()
    seen = []

    def look():
        for _ in range(looks):
            seen.append(clock.read())

    together(*[clock.tick] * ticks, look)
    # Each time that is seen was a time, none before an earlier.
    assert len(seen) == looks
    assert set(seen) <= set(TIMES[: ticks + 1]), f"{seen=}"
    assert seen == sorted(seen), f"{seen=}"
    assert clock.read() == TIMES[ticks]


# --8<-- [end:check]
print("The cases, one after the other")
#> The cases, one after the other
try:
    # --8<-- [start:cases]
    check(ticks=1, looks=1)
    check(ticks=1, looks=2)
    check(ticks=2, looks=1)
    # --8<-- [end:cases]
    print("every case holds")
    #> every case holds
except AssertionError:
    print("a case fails")
