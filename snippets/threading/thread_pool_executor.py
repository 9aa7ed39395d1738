# /// script
# [tool.snippet]
# any_order = "the workers print, and nothing orders their lines"
# outputs = ["""
# Done with 0
# Done with 1
# Done with 2
# Done with 3
# Done with 4
# Done with 5
# Done with 6
# Done with 7
# Done with 8
# Done with 9
# Squares: [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]
# Total time: {4..19} seconds"""]
# ///
# --8<-- [start:program]
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

# Keeps a line and its line end together
printing = Lock()


def square(n):
    time.sleep(2)
    with printing:
        print(f"Done with {n}")
        #> Done with 0
        #> Done with 1
        #> Done with 2
        #> Done with 3
        #> Done with 4
        #> Done with 5
        #> Done with 6
        #> Done with 7
        #> Done with 8
        #> Done with 9
    return n * n


start = time.perf_counter()

with ThreadPoolExecutor(max_workers=5) as executor:
    results = executor.map(square, range(10))

elapsed = time.perf_counter() - start

print("Squares:", list(results))
#> Squares: [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]
print("Total time:", round(elapsed), "seconds")
#> Total time: 4 seconds
# --8<-- [end:program]
