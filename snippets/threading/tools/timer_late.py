from threading import Event, Timer

log = []
started = Event()
go_on = Event()


def ring():
    started.set()
    go_on.wait()
    log.append("ding")


kitchen_timer = Timer(0.1, ring)
kitchen_timer.start()
started.wait()

# The function already runs: too late
kitchen_timer.cancel()
go_on.set()
kitchen_timer.join()

print("log:", log)
#> log: ['ding']
