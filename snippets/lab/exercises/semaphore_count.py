# --8<-- [start:program]
from threading import Semaphore


class Pool:
    def __init__(self, slots):
        self.free = Semaphore(slots)

    def use(self, job):
        with self.free:
            job()


# --8<-- [end:program]
# --8<-- [start:check]
from functools import partial
from itertools import accumulate
from threading import Barrier, Thread


def together(*jobs):
    threads = tuple(Thread(target=job) for job in jobs)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(thread.ident for thread in threads)


def check(slots, jobs, failing, at_once=1):
    pool = Pool(slots)
    log = []
    meeting = Barrier(at_once)

    def fail():
        raise ValueError("this job fails")

    def work():
        log.append(1)
        if at_once > 1:
            meeting.wait()
        log.append(-1)

    for _ in range(failing):
        try:
            pool.use(fail)
        except ValueError:
            log.append(0)
    together(*[partial(pool.use, work)] * jobs)
    # Each job ran, the failing ones said so ...
    assert log.count(1) == log.count(-1) == jobs
    assert log.count(0) == failing
    # ... and never more than `slots` ran at once.
    assert max(accumulate(log)) <= slots, f"{log=}"


# --8<-- [end:check]
print("The cases, one after the other")
#> The cases, one after the other
try:
    # --8<-- [start:cases]
    check(slots=1, jobs=2, failing=0)
    check(slots=1, jobs=2, failing=1)
    check(slots=2, jobs=2, failing=2, at_once=2)
    # --8<-- [end:cases]
    print("every case holds")
    #> every case holds
except AssertionError:
    print("a case fails")
