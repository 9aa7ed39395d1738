from concurrent.futures import ThreadPoolExecutor
from threading import Event

fast_is_done = Event()
finished = []


def job(name):
    if name == "slow":
        # Finishes after the fast job
        fast_is_done.wait()
    finished.append(name)
    fast_is_done.set()
    return name


with ThreadPoolExecutor(max_workers=2) as executor:
    results = list(executor.map(job, ["slow", "fast"]))

print("finished in the order:", finished)
#> finished in the order: ['fast', 'slow']
print("results in the order: ", results)
#> results in the order:  ['slow', 'fast']
