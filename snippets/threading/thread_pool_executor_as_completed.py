from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event

fast_is_seen = Event()


def slow_job():
    # Cannot finish before the fast job
    fast_is_seen.wait()
    return "slow"


def fast_job():
    return "fast"


with ThreadPoolExecutor(max_workers=2) as executor:
    futures = [executor.submit(slow_job), executor.submit(fast_job)]
    for future in as_completed(futures):
        print("completed:", future.result())
        #> completed: fast
        #> completed: slow
        fast_is_seen.set()
