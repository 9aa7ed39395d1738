from threading import Thread

light = "red"
crossed = []


def drive(car):
    # Reads the light, but nothing makes
    # the car wait
    crossed.append((car, light))


cars = [Thread(target=drive, args=(n,)) for n in (1, 2, 3)]
for car in cars:
    car.start()
# Forced unlucky timing: the light changes
# after the last car
for car in cars:
    car.join()
light = "green"

print(sorted(crossed))
#> [(1, 'red'), (2, 'red'), (3, 'red')]
