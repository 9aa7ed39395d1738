from threading import Thread, current_thread

flags = []


def child():
    flags.append(("child", current_thread().daemon))


def parent():
    flags.append(("parent", current_thread().daemon))
    # No daemon= here
    thread = Thread(target=child)
    thread.start()
    thread.join()


for daemon in (False, True):
    flags.clear()
    thread = Thread(target=parent, daemon=daemon)
    thread.start()
    thread.join()
    print(flags)
    #> [('parent', False), ('child', False)]
    #> [('parent', True), ('child', True)]
