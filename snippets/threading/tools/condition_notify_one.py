# /// script
# [tool.snippet]
# ending = ["deadlock"]
# ///
# --8<-- [start:program]
from threading import Condition, Event, Thread

plates = []
table = Condition()


def eat(dish, seated):
    with table:
        seated.set()
        table.wait_for(lambda: dish in plates)


guests = []
for dish in ("soup", "fish"):
    seated = Event()
    guests.append(Thread(target=eat, args=(dish, seated)))
    guests[-1].start()
    seated.wait()

with table:
    plates.append("fish")
    # Wakes one guest: here the one who
    # wants soup
    table.notify()
print("the fish is on the table")
#> the fish is on the table

soup_guest, fish_guest = guests
fish_guest.join()
print("never printed")
# --8<-- [end:program]
