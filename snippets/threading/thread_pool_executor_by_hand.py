from threading import Thread


def square(n):
    return n * n


threads = [Thread(target=square, args=(n,)) for n in range(5)]
for thread in threads:
    thread.start()
results = [thread.join() for thread in threads]

print("threads:", len(threads))
#> threads: 5
print("results:", results)
#> results: [None, None, None, None, None]
