# /// script
# [tool.snippet]
# outputs = ["3 waits took {300..60000} ms"]
# ///
# --8<-- [start:program]
import time


def download():
    time.sleep(0.1)  # stands for waiting for a server


start = time.perf_counter()
for _ in range(3):
    download()
elapsed = time.perf_counter() - start

print(f"3 waits took {round(elapsed * 1000)} ms")
#> 3 waits took 301 ms
# --8<-- [end:program]
