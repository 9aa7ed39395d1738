from threading import Thread

runs = []

thread = Thread(target=runs.append, args=("ran",))
thread.start()
thread.join()

try:
    thread.start()
except RuntimeError as error:
    print(error)
    #> threads can only be started once

again = Thread(target=runs.append, args=("ran again",))
again.start()
again.join()

print(runs)
#> ['ran', 'ran again']
