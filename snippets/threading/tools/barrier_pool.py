from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

meeting_point = Barrier(3, timeout=0.1)

# Two workers for a meeting of three: the
# third job stays queued
with ThreadPoolExecutor(max_workers=2) as executor:
    jobs = [executor.submit(meeting_point.wait) for _ in range(3)]

for job in jobs:
    print(type(job.exception()).__name__)
    #> BrokenBarrierError
    #> BrokenBarrierError
    #> BrokenBarrierError
