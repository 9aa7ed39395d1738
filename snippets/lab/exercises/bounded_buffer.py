# --8<-- [start:program]
from threading import Condition, Lock


class Buffer:
    def __init__(self, size):
        self.size = size
        self.items = []
        lock = Lock()
        self.not_full = Condition(lock)
        self.not_empty = Condition(lock)

    def put(self, item):
        with self.not_full:
            while len(self.items) == self.size:
                self.not_full.wait()
            self.items.append(item)
            self.not_empty.notify()

    def get(self):
        with self.not_empty:
            while not self.items:
                self.not_empty.wait()
            self.not_full.notify()
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
