# /// script
# [tool.snippet]
# ending = ["deadlock"]
# ///
# --8<-- [start:program]
from threading import Barrier, Lock, Thread

lock_a = Lock()
lock_b = Lock()
both_hold_one = Barrier(2)


def function(first, second):
    with first:
        # The unlucky moment, forced
        both_hold_one.wait()
        with second:
            pass


threads = [
    Thread(target=function, args=(lock_a, lock_b)),
    Thread(target=function, args=(lock_b, lock_a)),
]
for thread in threads:
    thread.start()

print("Waiting for the threads to finish")
#> Waiting for the threads to finish

for thread in threads:
    thread.join()
# --8<-- [end:program]
