from threading import Timer

log = []
kitchen_timer = Timer(60, log.append, args=("ding",))

kitchen_timer.start()
kitchen_timer.cancel()
# Returns long before the 60 s are over
kitchen_timer.join()

print("log:", log)
#> log: []
