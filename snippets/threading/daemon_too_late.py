from threading import Event, Thread

finish = Event()
thread = Thread(target=finish.wait)
thread.start()

try:
    thread.daemon = True
except RuntimeError as error:
    print(error)
    #> cannot set daemon status of active thread

finish.set()
thread.join()
