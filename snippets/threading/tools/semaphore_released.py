from threading import Barrier, Lock, Semaphore, Thread

stalls = Semaphore(3)
counting = Lock()
inside = 0
most = 0
four_inside = Barrier(4)


def visit():
    global inside, most
    with stalls:
        with counting:
            inside += 1
            most = max(most, inside)
        # Four can only meet here if the
        # semaphore lets four in
        four_inside.wait()
        with counting:
            inside -= 1


# The bug: release() without acquire()
stalls.release()

people = [Thread(target=visit) for _ in range(4)]
for person in people:
    person.start()
for person in people:
    person.join()

print("people inside three stalls:", most)
#> people inside three stalls: 4
