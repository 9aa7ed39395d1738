from threading import Timer

log = []
kitchen_timer = Timer(0.1, log.append, args=("ding",))
kitchen_timer.start()
kitchen_timer.join()

try:
    kitchen_timer.start()
except RuntimeError as error:
    print(error)
    #> threads can only be started once

# To wind it up again, make a new one
kitchen_timer = Timer(0.1, log.append, args=("ding",))
kitchen_timer.start()
kitchen_timer.join()
print(log)
#> ['ding', 'ding']
