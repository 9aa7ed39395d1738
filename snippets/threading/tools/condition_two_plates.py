from threading import Condition, Thread

plates = []
eaten = []
table = Condition()


def eat():
    with table:
        # Checks again after each wake-up,
        # and takes the plate before it
        # lets go of the lock
        table.wait_for(lambda: plates)
        eaten.append(plates.pop())


def serve(dish):
    with table:
        plates.append(dish)
        table.notify_all()


guests = [Thread(target=eat) for _ in range(2)]
for guest in guests:
    guest.start()
serve("soup")
serve("fish")
for guest in guests:
    guest.join()

print("the guests ate:", sorted(eaten))
#> the guests ate: ['fish', 'soup']
