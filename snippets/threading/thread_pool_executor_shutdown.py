# /// script
# [tool.snippet]
# any_order = "the worker prints after the main thread's last line"
# ///
# --8<-- [start:program]
from concurrent.futures import ThreadPoolExecutor
from threading import Event

main_is_through = Event()


def job(n):
    main_is_through.wait()
    print("job", n, "ran")
    #> job 0 ran
    #> job 1 ran
    #> job 2 ran


executor = ThreadPoolExecutor(max_workers=1)
for n in range(3):
    executor.submit(job, n)

executor.shutdown(wait=False)
print("shutdown(wait=False) has returned")
#> shutdown(wait=False) has returned

# The last statement of the program
main_is_through.set()
# --8<-- [end:program]
