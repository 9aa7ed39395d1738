import threading
from concurrent.futures import ThreadPoolExecutor

open_gate = threading.Event()


def count_workers():
    names = [thread.name for thread in threading.enumerate()]
    return sum(name.startswith("worker") for name in names)


with ThreadPoolExecutor(5, thread_name_prefix="worker") as executor:
    print("no job yet:", count_workers(), "threads")
    #> no job yet: 0 threads

    for _ in range(3):
        executor.submit(open_gate.wait)
    print("3 jobs:", count_workers(), "threads")
    #> 3 jobs: 3 threads

    for _ in range(7):
        executor.submit(open_gate.wait)
    print("10 jobs:", count_workers(), "threads")
    #> 10 jobs: 5 threads

    open_gate.set()
