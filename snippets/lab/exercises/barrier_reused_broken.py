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


class Meeting:
    def __init__(self, parties):
        self.parties = parties
        self.here = 0
        self.changed = Condition()

    def wait(self):
        with self.changed:
            self.here += 1
            if self.here == self.parties:
                # Ready for the next round.
                self.here = 0
                self.changed.notify_all()
            while self.here != 0:
                self.changed.wait()


# --8<-- [end:program]
# --8<-- [start:check]
from threading import Thread


def together(*jobs, here):
    threads = tuple(Thread(target=job) for job in jobs)
    for thread in threads:
        thread.start()
    here()
    for thread in threads:
        thread.join()
    assert all(thread.ident for thread in threads)


def check(hikers, rounds):
    meeting = Meeting(hikers)
    log = []

    def hike():
        for number in range(rounds):
            log.append(number)
            meeting.wait()
        log.append(rounds)

    together(*[hike] * (hikers - 1), here=hike)
    # Nobody goes on before all have come to the end of the round.
    assert log == sorted([*range(rounds + 1)] * hikers), f"{log=}"


# --8<-- [end:check]
print("The cases, one after the other")
#> The cases, one after the other
try:
    # --8<-- [start:cases]
    check(hikers=2, rounds=1)
    check(hikers=2, rounds=2)
    check(hikers=3, rounds=1)
    # --8<-- [end:cases]
    print("every case holds")
    #> every case holds
except AssertionError:
    print("a case fails")
