# /// script
# [tool.snippet]
# not_in_lab = "its loops have more steps than the lab takes"
# outputs = ["counter = {2..400000}"]
# ///
# --8<-- [start:program]
from threading import Thread

counter = 0


def one():
    return 1


def function():
    global counter
    for _ in range(100_000):
        # Read, call one(), add, write
        counter += one()


threads = [Thread(target=function) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

print("counter =", counter)
#> counter = 302204
# --8<-- [end:program]
