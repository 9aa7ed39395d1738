# /// script
# [tool.snippet]
# outputs = [
#   "The cases, one after the other\nevery case holds",
#   "The cases, one after the other\na case fails",
# ]
# ///
# --8<-- [start:program]
class Tickets:
    def __init__(self, left):
        self.left = left

    def buy(self):
        if self.left == 0:
            return False
        self.left -= 1
        return True


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


def check(left, buyers):
    tickets = Tickets(left)
    got = [None] * buyers

    def go(number):
        got[number] = tickets.buy()

    together(*[partial(go, each) for each in range(buyers)])
    # As many are sold as there were, or as were wanted.
    assert got.count(True) == min(left, buyers), f"{got=}"
    assert got.count(False) == buyers - got.count(True)
    assert tickets.left == left - got.count(True), f"{tickets.left=}"


# --8<-- [end:check]
print("The cases, one after the other")
#> The cases, one after the other
try:
    # --8<-- [start:cases]
    check(left=1, buyers=2)
    check(left=2, buyers=2)
    check(left=1, buyers=3)
    # --8<-- [end:cases]
    print("every case holds")
    #> every case holds
except AssertionError:
    print("a case fails")
