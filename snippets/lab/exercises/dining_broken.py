# /// script
# [tool.snippet]
# ending = ["finished", "deadlock"]
# outputs = [
#   "The cases, one after the other",
#   "The cases, one after the other\nevery case holds",
# ]
# ///
# --8<-- [start:program]
from threading import Lock


class Table:
    def __init__(self, seats):
        self.forks = tuple(Lock() for _ in range(seats))

    def dine(self, seat, eat):
        left = seat
        right = (seat + 1) % len(self.forks)
        with self.forks[left], self.forks[right]:
            eat()


# --8<-- [end:program]
# --8<-- [start:check]
from functools import partial
from threading import Barrier, Thread


def together(*jobs):
    threads = tuple(Thread(target=job) for job in jobs)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(thread.ident for thread in threads)


def check(seats, hungry, at_once):
    table = Table(seats)
    log = []
    meeting = Barrier(at_once)

    def eat(seat):
        log.append(seat)
        if at_once > 1:
            meeting.wait()
        log.append(seat)

    def dine(seat):
        table.dine(seat, partial(eat, seat))

    together(*[partial(dine, each) for each in hungry])
    # Each of them ate, once ...
    assert sorted(log) == sorted(hungry * 2), f"{log=}"
    # ... and as neighbours share a fork, one after the other.
    if at_once == 1:
        assert log[::2] == log[1::2]


# --8<-- [end:check]
print("The cases, one after the other")
#> The cases, one after the other
try:
    # --8<-- [start:cases]
    check(seats=2, hungry=[0, 1], at_once=1)
    check(seats=3, hungry=[0, 1, 2], at_once=1)
    check(seats=4, hungry=[0, 1], at_once=1)
    check(seats=4, hungry=[0, 2], at_once=2)
    # --8<-- [end:cases]
    print("every case holds")
    #> every case holds
except AssertionError:
    print("a case fails")
