from threading import Thread


class CustomThread(Thread):
    def __init__(self, numbers):
        # super().__init__() is missing
        self.numbers = numbers

    def run(self):
        self.total = sum(self.numbers)


thread = CustomThread([1, 2, 3])

try:
    thread.start()
except RuntimeError as error:
    print(error)
    #> thread.__init__() not called
