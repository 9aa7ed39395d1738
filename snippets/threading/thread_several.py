from threading import Thread

lengths = {}


def measure(word):
    lengths[word] = len(word)


words = ["barrier", "event", "lock"]
threads = [Thread(target=measure, args=(word,)) for word in words]

for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

print([lengths[word] for word in words])
#> [7, 5, 4]
