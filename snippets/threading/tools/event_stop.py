from threading import Event, Thread

stop = Event()
measured_once = Event()
log = []


def monitor():
    # Sleeps between two measurements, but
    # wakes up at once for stop
    while not stop.wait(timeout=0.05):
        if not log:
            log.append("measured")
        measured_once.set()
    log.append("file closed")


worker = Thread(target=monitor)
worker.start()
measured_once.wait()

stop.set()
worker.join()
print(log)
#> ['measured', 'file closed']
