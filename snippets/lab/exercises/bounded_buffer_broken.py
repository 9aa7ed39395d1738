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


def check(size, items, putters, getters):
    buffer = Buffer(size)
    log = []
    got = [[] for _ in range(getters)]

    def put(number):
        for item in range(number, items, putters):
            buffer.put(item)
            log.append(1)

    def get(number):
        for _ in range(items // getters):
            log.append(-1)
            got[number].append(buffer.get())

    together(
        *[partial(get, each) for each in range(getters)],
        *[partial(put, each) for each in range(1, putters)],
        here=partial(put, 0),
    )
    # Each item comes out once, those of a putter in order.
    assert sorted(chain(*got)) == list(range(items)), f"{got=}"
    for each in got:
        for number in range(putters):
            one = [item for item in each if item % putters == number]
            assert one == sorted(one), f"{got=}"
    # Never more than `size` items are in it.
    assert max(accumulate(log)) <= size, f"{log=}"
    # There is room for as many.
    for item in range(size):
        buffer.put(item)
    assert [buffer.get() for _ in range(size)] == list(range(size))


# --8<-- [end:check]
print("The cases, one after the other")
#> The cases, one after the other
try:
    # --8<-- [start:cases]
    check(size=1, items=2, putters=1, getters=1)
    check(size=1, items=2, putters=1, getters=2)
    check(size=2, items=2, putters=1, getters=2)
    check(size=2, items=3, putters=1, getters=1)
    check(size=1, items=3, putters=2, getters=1)
    # --8<-- [end:cases]
    print("every case holds")
    #> every case holds
except AssertionError:
    print("a case fails")
