from threading import Event, Thread

arrived = []
seen = {}
path_is_free = Event()


def hike(name):
    if name == "C":
        # Forced unlucky timing: C is late
        path_is_free.wait()
    arrived.append(name)
    # No barrier: each one goes on alone
    seen[name] = "C" in arrived


a, b, c = [Thread(target=hike, args=(name,)) for name in "ABC"]
for friend in (a, b, c):
    friend.start()
a.join()
b.join()
path_is_free.set()
c.join()

print("A went on with C:", seen["A"])
#> A went on with C: False
print("B went on with C:", seen["B"])
#> B went on with C: False
