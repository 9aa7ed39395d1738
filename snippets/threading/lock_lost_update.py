# /// script
# [tool.snippet]
# outputs = ["counter = 1", "counter = 2"]
# ///
# --8<-- [start:program]
from threading import Thread

counter = 0


def function():
    global counter
    counter += 1


threads = [Thread(target=function) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

print("counter =", counter)
#> counter = 2
# --8<-- [end:program]
