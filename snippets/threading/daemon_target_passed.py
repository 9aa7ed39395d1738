from threading import Thread, current_thread

ran_in = []


def func():
    ran_in.append(current_thread().name)


t1 = Thread(target=func, name="t1", daemon=True)
print("before start():", ran_in)
#> before start(): []

t1.start()
t1.join()
print("after join():", ran_in)
#> after join(): ['t1']
