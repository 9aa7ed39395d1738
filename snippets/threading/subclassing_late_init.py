from threading import Thread


class CustomThread(Thread):
    def __init__(self):
        self.daemon = True  # before super().__init__()
        super().__init__()


try:
    CustomThread()
except RuntimeError as error:
    print(error)
    #> Thread.__init__() not called
