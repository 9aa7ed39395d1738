from threading import Timer

log = []


def ring():
    log.append("ding")


# The bug: ring() is called here, and its
# result (None) is passed
kitchen_timer = Timer(60, ring())
print("before start():", log)
#> before start(): ['ding']
