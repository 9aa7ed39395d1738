# /// script
# [tool.snippet]
# outputs = [
#   "The cases, one after the other\nevery case holds",
#   "The cases, one after the other\na case fails",
# ]
# ///
# --8<-- [start:program]
from threading import Lock


class Shared:
    def __init__(self, make):
        self.make = make
        self.value = None
        self.is_made = False
        self.lock = Lock()

    def get(self):
        if not self.is_made:
            with self.lock:
                self.is_made = True
                self.value = self.make()
        return self.value


# --8<-- [end:program]
# --8<-- [start:check]
from functools import partial
from threading import Thread


def together(*jobs, here):
    threads = tuple(Thread(target=job) for job in jobs)
    for thread in threads:
        thread.start()
    here()
    for thread in threads:
        thread.join()
    assert all(thread.ident for thread in threads)


def check(things, users):
    made = []
    got = [None] * users

    def make():
        made.append(things)
        return things

    shared, other = Shared(make), Shared(lambda: "a broom")
    # Nothing is made before it is needed.
    assert not made, f"{made=}"

    def use(number):
        got[number] = shared.get()

    jobs = [partial(use, each) for each in range(users)]
    together(*jobs[1:], here=jobs[0])
    # It is made once, and everybody gets it, of this one only.
    assert got == [things] * users, f"{got=}"
    assert shared.get() == things
    assert made == [things], f"{made=}"
    assert other.get() == "a broom"


# --8<-- [end:check]
print("The cases, one after the other")
#> The cases, one after the other
try:
    # --8<-- [start:cases]
    check("a kettle", users=2)
    check("a ladder", users=2)
    check("a bicycle", users=3)
    # --8<-- [end:cases]
    print("every case holds")
    #> every case holds
except AssertionError:
    print("a case fails")
