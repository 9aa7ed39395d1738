from threading import Condition, Event, Thread

plates = []
eaten = []
table = Condition()


def eat(seated):
    with table:
        # Main gets the lock only after
        # wait() has released it
        seated.set()
        table.wait()
        # Woken, but is a plate left?
        eaten.append(plates.pop() if plates else "nothing")


guests = []
for _ in range(2):
    seated = Event()
    guests.append(Thread(target=eat, args=(seated,)))
    guests[-1].start()
    seated.wait()

with table:
    plates.append("soup")
    table.notify_all()
for guest in guests:
    guest.join()

print("the guests ate:", sorted(eaten))
#> the guests ate: ['nothing', 'soup']
