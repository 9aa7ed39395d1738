from concurrent.futures import ThreadPoolExecutor
from threading import Event

job_runs = Event()
open_gate = Event()


def job(n):
    job_runs.set()
    open_gate.wait()
    return n


executor = ThreadPoolExecutor(max_workers=1)
futures = [executor.submit(job, n) for n in range(3)]
# Job 0 runs, jobs 1 and 2 are queued
job_runs.wait()

executor.shutdown(wait=False, cancel_futures=True)
open_gate.set()

print("job 0 returned", futures[0].result())
#> job 0 returned 0
for n in (1, 2):
    print("job", n, "cancelled:", futures[n].cancelled())
    #> job 1 cancelled: True
    #> job 2 cancelled: True
