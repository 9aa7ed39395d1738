# /// script
# requires-python = ">=3.11"
# ///
# --8<-- [start:program]
from concurrent.futures import ThreadPoolExecutor
from threading import Event

job_runs = Event()
open_gate = Event()


def job():
    job_runs.set()
    open_gate.wait()
    return "done"


with ThreadPoolExecutor() as executor:
    future = executor.submit(job)
    job_runs.wait()

    try:
        future.result(timeout=0.1)
    except TimeoutError:
        print("gave up waiting, job runs:", future.running())
        #> gave up waiting, job runs: True

    print("cancel() worked:", future.cancel())
    #> cancel() worked: False

    open_gate.set()
    print("result:", future.result())
    #> result: done
# --8<-- [end:program]
