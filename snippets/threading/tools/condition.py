from threading import Condition, Thread

food_is_ready = False
table = Condition()
log = []


def eat():
    with table:
        table.wait_for(lambda: food_is_ready)
        log.append("the guest eats")


def serve():
    global food_is_ready
    with table:
        # First the state, then notify
        food_is_ready = True
        log.append("the waiter says: ready")
        table.notify_all()


guest = Thread(target=eat)
waiter = Thread(target=serve)
guest.start()
waiter.start()
guest.join()
waiter.join()

for line in log:
    print(line)
    #> the waiter says: ready
    #> the guest eats
