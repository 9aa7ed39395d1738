from concurrent.futures import ThreadPoolExecutor


def half(n):
    if n == 3:
        raise ValueError("3 is odd")
    return n // 2


with ThreadPoolExecutor(max_workers=5) as executor:
    results = executor.map(half, [2, 3, 4])

print("All jobs are done, and no error was seen")
#> All jobs are done, and no error was seen

try:
    halves = list(results)
except ValueError as error:
    print("Reading the results raises it:", error)
    #> Reading the results raises it: 3 is odd
