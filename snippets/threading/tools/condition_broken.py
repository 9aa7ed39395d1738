from threading import Thread

plate = []
eaten = []


def eat():
    # Nothing makes the guest wait
    eaten.append(plate.pop() if plate else "nothing")


def serve():
    plate.append("soup")


guest = Thread(target=eat)
waiter = Thread(target=serve)
# Forced unlucky timing: the guest is done
# before the waiter starts
guest.start()
guest.join()
waiter.start()
waiter.join()

print("the guest ate:", eaten)
#> the guest ate: ['nothing']
print("left on the plate:", plate)
#> left on the plate: ['soup']
