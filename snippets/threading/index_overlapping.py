# /// script
# [tool.snippet]
# outputs = ["3 waits took {500..1499} ms"]
# ///
# --8<-- [start:program]
import time
from threading import Thread


def download():
    # Stands for waiting for a server
    time.sleep(0.5)


start = time.perf_counter()
threads = [Thread(target=download) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
elapsed = time.perf_counter() - start

print(f"3 waits took {round(elapsed * 1000)} ms")
#> 3 waits took 501 ms
# --8<-- [end:program]
