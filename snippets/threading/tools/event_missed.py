from threading import Event, Thread

green = Event()
crossed = []


def drive():
    crossed.append(green.wait(timeout=0.1))


# Green, and red before the car comes
green.set()
green.clear()

car = Thread(target=drive)
car.start()
car.join()
print("did the car cross?", crossed[0])
#> did the car cross? False
