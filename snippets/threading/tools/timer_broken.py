import time

log = []

# Instead of a timer: stand in front of
# the oven and wait
time.sleep(0.1)
log.append("ding")
log.append("chop the onions")

print(log)
#> ['ding', 'chop the onions']
