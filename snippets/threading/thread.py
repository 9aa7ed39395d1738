from threading import Thread

done = []


def function_name():
    done.append("the thread ran")


thread = Thread(target=function_name, args=())

thread.start()
# Wait for the thread to finish
thread.join()

print(done)
#> ['the thread ran']
