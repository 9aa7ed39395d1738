from threading import Barrier, BoundedSemaphore, Lock, Thread

stalls = BoundedSemaphore(3)
counting = Lock()
inside = 0
most = 0
# Keeps people in their stalls until three
# are inside
all_taken = Barrier(3)


def visit():
    global inside, most
    with stalls:
        with counting:
            inside += 1
            most = max(most, inside)
        all_taken.wait()
        with counting:
            inside -= 1


people = [Thread(target=visit) for _ in range(6)]
for person in people:
    person.start()
for person in people:
    person.join()

print("most people inside at once:", most)
#> most people inside at once: 3
