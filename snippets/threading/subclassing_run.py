from threading import Thread, current_thread


class CustomThread(Thread):
    def __init__(self, name):
        super().__init__(name=name)
        self.ran_in = None

    def run(self):
        self.ran_in = current_thread().name


called = CustomThread("worker-1")
called.run()  # an ordinary method call
print("run():", called.ran_in)
#> run(): MainThread

started = CustomThread("worker-2")
started.start()
started.join()
print("start():", started.ran_in)
#> start(): worker-2
