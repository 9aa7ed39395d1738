from threading import Thread


class CustomThread(Thread):
    def __init__(self, numbers):
        super().__init__()
        self.numbers = numbers
        self.total = None

    def run(self):
        self.total = sum(self.numbers)


thread = CustomThread([1, 2, 3])
thread.start()
thread.join()

print(thread.total)
#> 6
