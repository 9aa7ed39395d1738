import time
from threading import Event, Thread

green = Event()
crossed = []


def drive(car):
    green.wait()
    crossed.append(car)


cars = [Thread(target=drive, args=(n,)) for n in (1, 2, 3)]
for car in cars:
    car.start()
time.sleep(0.1)  # it stays red for a moment
print("crossed while the light is red:", crossed)
#> crossed while the light is red: []

green.set()
for car in cars:
    car.join()
print("crossed after green:", sorted(crossed))
#> crossed after green: [1, 2, 3]
