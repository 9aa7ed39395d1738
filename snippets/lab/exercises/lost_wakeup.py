# --8<-- [start:program]
from threading import Condition


class Kitchen:
    def __init__(self):
        self.table = Condition()
        self.served = False

    def serve(self):
        with self.table:
            self.served = True
            self.table.notify_all()

    def wait_for_food(self):
        with self.table:
            self.table.wait_for(lambda: self.served)


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


def check(guests):
    Kitchen().serve()  # another one
    kitchen = Kitchen()
    done = []

    def cook():
        done.append("cooked")
        kitchen.serve()

    def eat():
        kitchen.wait_for_food()
        done.append("ate")

    together(*[eat] * guests, cook)
    # Everybody eats, and nobody before the food is cooked.
    assert done == ["cooked"] + ["ate"] * guests, f"{done=}"


# --8<-- [end:check]
print("The cases, one after the other")
#> The cases, one after the other
try:
    # --8<-- [start:cases]
    check(guests=1)
    check(guests=2)
    # --8<-- [end:cases]
    print("every case holds")
    #> every case holds
except AssertionError:
    print("a case fails")
