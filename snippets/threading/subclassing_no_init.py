from threading import Thread


class CustomThread(Thread):
    def __init__(self, numbers):
        self.numbers = numbers  # super().__init__() is missing

    def run(self):
        self.total = sum(self.numbers)


thread = CustomThread([1, 2, 3])

try:
    thread.start()
except RuntimeError as error:
    print(error)
    #> thread.__init__() not called
