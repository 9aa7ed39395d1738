# /// script
# [tool.snippet]
# outputs = [
#   "The cases, one after the other\nevery case holds",
#   "The cases, one after the other\na case fails",
# ]
# ///
# --8<-- [start:program]
from threading import Semaphore


class Pool:
    def __init__(self, slots):
        self.free = Semaphore(slots)

    def use(self, job):
        self.free.acquire()
        try:
            job()
        except ValueError:
            self.free.release()
            raise
        finally:
            self.free.release()


# --8<-- [end:program]
# --8<-- [start:check]
from functools import partial
from itertools import accumulate
from threading import Barrier, Thread


def together(*jobs, here):
    threads = tuple(Thread(target=job) for job in jobs)
    for thread in threads:
        thread.start()
    here()
    for thread in threads:
        thread.join()
    assert all(thread.ident for thread in threads)


def check(slots, jobs, failing, at_once=1, one_runs=False):
    pool = Pool(slots)
    log = []
    failures = [ValueError("no soap"), KeyError("lost")][:failing]
    told = []
    meeting = Barrier(at_once)

    def fail(failure):
        raise failure

    def work():
        log.append(1)
        if at_once > 1:
            meeting.wait()
        log.append(-1)

    def use_often():
        for _ in range(jobs - 1):
            pool.use(work)

    def use():
        for failure in failures:
            try:
                pool.use(partial(fail, failure))
            except Exception as error:
                told.append(error)
        together(partial(pool.use, work), here=use_often)

    def use_while_one_runs():
        log.append(1)
        use()
        log.append(-1)

    if one_runs:
        pool.use(use_while_one_runs)
    else:
        use()
    # Each job ran, each failing one said why ...
    assert log.count(1) == log.count(-1) == jobs + one_runs
    assert told == failures, f"{told=}"
    # ... and never more than `slots` ran at once.
    assert max(accumulate(log)) <= slots, f"{log=}"


# --8<-- [end:check]
print("The cases, one after the other")
#> The cases, one after the other
try:
    # --8<-- [start:cases]
    check(slots=1, jobs=2, failing=1)
    check(slots=1, jobs=3, failing=0)
    check(slots=2, jobs=2, failing=2, at_once=2)
    check(slots=2, jobs=2, failing=1, one_runs=True)
    # --8<-- [end:cases]
    print("every case holds")
    #> every case holds
except AssertionError:
    print("a case fails")
