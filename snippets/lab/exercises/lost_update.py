# --8<-- [start:program]
from threading import Lock


class Counter:
    def __init__(self):
        self.value = 0
        self.lock = Lock()

    def add(self, amount):
        with self.lock:
            self.value += amount


# --8<-- [end:program]
# --8<-- [start:check]
from functools import partial
from threading import Thread


def together(*jobs):
    threads = tuple(Thread(target=job) for job in jobs)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(thread.ident for thread in threads)


def check(*amounts):
    counter = Counter()
    together(*[partial(counter.add, each) for each in amounts])
    # Nothing that was added is lost.
    assert counter.value == sum(amounts), f"{counter.value=}"


# --8<-- [end:check]
print("The cases, one after the other")
#> The cases, one after the other
try:
    # --8<-- [start:cases]
    check(1, 1)
    check(3, 4)
    check(1, 10, 100)
    # --8<-- [end:cases]
    print("every case holds")
    #> every case holds
except AssertionError:
    print("a case fails")
