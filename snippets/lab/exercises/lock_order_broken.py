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


class Account:
    def __init__(self, number, balance):
        self.number = number
        self.balance = balance
        self.lock = Lock()


def transfer(source, target, amount):
    with source.lock, target.lock:
        source.balance -= amount
        target.balance += amount


def total(one, two):
    with one.lock, two.lock:
        return one.balance + two.balance


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


def check(there, back, auditors):
    one, two = Account(1, 100), Account(2, 100)
    totals = []

    def audit():
        totals.append(total(two, one))

    together(
        *[partial(transfer, one, two, each) for each in there],
        *[partial(transfer, two, one, each) for each in back],
        *[audit] * auditors,
    )
    # No money is lost, not even while somebody looks.
    assert totals == [200] * auditors, f"{totals=}"
    assert one.balance == 100 - sum(there) + sum(back)
    assert two.balance == 100 + sum(there) - sum(back)


# --8<-- [end:check]
print("The cases, one after the other")
#> The cases, one after the other
try:
    # --8<-- [start:cases]
    check(there=[30], back=[10], auditors=0)
    check(there=[20], back=[], auditors=1)
    check(there=[5], back=[7], auditors=1)
    # --8<-- [end:cases]
    print("every case holds")
    #> every case holds
except AssertionError:
    print("a case fails")
