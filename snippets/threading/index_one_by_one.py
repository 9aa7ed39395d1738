# /// script
# [tool.snippet]
# outputs = ["3 waits took {1500..60000} ms"]
# ///
# --8<-- [start:program]
import time


def download():
    # Stands for waiting for a server
    time.sleep(0.5)


start = time.perf_counter()
for _ in range(3):
    download()
elapsed = time.perf_counter() - start

print(f"3 waits took {round(elapsed * 1000)} ms")
#> 3 waits took 1501 ms
# --8<-- [end:program]
