from threading import Thread


class CustomThread(Thread):
    def __init__(self):
        # Before super().__init__()
        self.daemon = True
        super().__init__()


try:
    CustomThread()
except RuntimeError as error:
    print(error)
    #> Thread.__init__() not called
