# /// script
# [tool.snippet]
# ending = ["finished", "deadlock"]
# outputs = [
#   "The cases, one after the other",
#   "The cases, one after the other\nevery case holds",
# ]
# ///
# --8<-- [start:program]
from threading import Condition


class Buffer:
    def __init__(self, size):
        self.size = size
        self.items = []
        self.changed = Condition()

    def put(self, item):
        with self.changed:
            while len(self.items) == self.size:
                self.changed.wait()
            self.items.append(item)
            self.changed.notify()

    def get(self):
        with self.changed:
            while not self.items:
                self.changed.wait()
            self.changed.notify()
            return self.items.pop(0)


# --8<-- [end:program]
# --8<-- [start:check]
from functools import partial
from itertools import accumulate, chain
from threading import Thread


def together(*jobs, here):
    threads = tuple(Thread(target=job) for job in jobs)
    for thread in threads:
        thread.start()
    here()
    for thread in threads:
        thread.join()
    assert all(thread.ident for thread in threads)


def check(size, items, getters):
    buffer = Buffer(size)
    log = []
    got = [[] for _ in range(getters)]

    def put():
        for item in range(items):
            buffer.put(item)
            log.append(1)

    def get(number):
        for _ in range(items // getters):
            log.append(-1)
            got[number].append(buffer.get())

    together(*[partial(get, each) for each in range(getters)], here=put)
    # Each item comes out once, to each getter in order.
    assert sorted(chain(*got)) == list(range(items)), f"{got=}"
    assert all(each == sorted(each) for each in got)
    # Never more than `size` items are in it.
    assert max(accumulate(log)) <= size, f"{log=}"


# --8<-- [end:check]
print("The cases, one after the other")
#> The cases, one after the other
try:
    # --8<-- [start:cases]
    check(size=1, items=2, getters=1)
    check(size=2, items=3, getters=1)
    check(size=1, items=2, getters=2)
    # --8<-- [end:cases]
    print("every case holds")
    #> every case holds
except AssertionError:
    print("a case fails")
