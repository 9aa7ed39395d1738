from threading import Condition, Thread

table = Condition()
woken = []


def serve():
    with table:
        # Nobody waits, so nobody hears
        table.notify_all()


def eat():
    with table:
        woken.append(table.wait(timeout=0.1))


waiter = Thread(target=serve)
guest = Thread(target=eat)
# Forced unlucky timing: the waiter is
# done before the guest comes
waiter.start()
waiter.join()
guest.start()
guest.join()

print("was the guest woken?", woken[0])
#> was the guest woken? False
