from threading import Thread

done = []

thread = Thread(target=done.append, args=("the thread ran",))

try:
    thread.join()
except RuntimeError as error:
    print(error)
    #> cannot join thread before it is started
print(done)
#> []
