# /// script
# [tool.snippet]
# outputs = ["total = 6, after {2..60}.{0..9} seconds"]
# ///
# --8<-- [start:program]
import time
from threading import Lock, Thread

lock = Lock()
total = 0


def function(n):
    global total
    with lock:
        # Stands for a server's answer
        time.sleep(0.5)
        total += n


start = time.perf_counter()
threads = [Thread(target=function, args=(n,)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
elapsed = time.perf_counter() - start

print(f"total = {total}, after {elapsed:.1f} seconds")
#> total = 6, after 2.0 seconds
# --8<-- [end:program]
