# /// script
# [tool.snippet]
# not_in_lab = "its loops have more steps than the lab takes"
# ///
# --8<-- [start:program]
from threading import Lock, Thread

lock = Lock()
counter = 0


def function():
    global counter
    for _ in range(100_000):
        with lock:
            counter += 1


threads = [Thread(target=function) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

print("counter =", counter)
#> counter = 400000
# --8<-- [end:program]
