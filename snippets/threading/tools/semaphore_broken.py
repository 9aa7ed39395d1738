from threading import Barrier, Lock, Thread

counting = Lock()
inside = 0
most = 0
# Forced unlucky timing: all six come at
# the same time
all_here = Barrier(6)


def visit():
    global inside, most
    # No semaphore: nobody counts stalls
    with counting:
        inside += 1
        most = max(most, inside)
    all_here.wait()
    with counting:
        inside -= 1


people = [Thread(target=visit) for _ in range(6)]
for person in people:
    person.start()
for person in people:
    person.join()

print("people inside three stalls:", most)
#> people inside three stalls: 6
