# --8<-- [start:program]
from threading import Condition


class Shelf:
    def __init__(self):
        self.plates = []
        self.changed = Condition()

    def put(self, plate):
        with self.changed:
            self.plates.append(plate)
            self.changed.notify()

    def take(self):
        with self.changed:
            while not self.plates:
                self.changed.wait()
            return self.plates.pop()


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


def check(*plates):
    shelf = Shelf()
    got = [None] * len(plates)

    def take(number):
        try:
            got[number] = shelf.take()
        except IndexError:
            got[number] = "no plate"

    def put():
        for plate in plates:
            shelf.put(plate)

    together(*[partial(take, each) for each in range(len(plates))], put)
    # Everybody has a plate, and no plate is taken twice.
    assert sorted(got) == sorted(plates), f"{got=}"


# --8<-- [end:check]
print("The cases, one after the other")
#> The cases, one after the other
try:
    # --8<-- [start:cases]
    check("white")
    check("blue", "white")
    # --8<-- [end:cases]
    print("every case holds")
    #> every case holds
except AssertionError:
    print("a case fails")
