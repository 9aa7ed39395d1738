from threading import Condition, Thread

food_is_ready = False
table = Condition()
ate = []


def serve():
    global food_is_ready
    with table:
        food_is_ready = True
        table.notify_all()


def eat():
    with table:
        ate.append(table.wait_for(lambda: food_is_ready))


waiter = Thread(target=serve)
guest = Thread(target=eat)
# The same unlucky timing as before
waiter.start()
waiter.join()
guest.start()
guest.join()

print("did the guest eat?", ate[0])
#> did the guest eat? True
