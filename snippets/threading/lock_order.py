from threading import Lock, Thread


class Account:
    def __init__(self, number, balance):
        self.number = number
        self.balance = balance
        self.lock = Lock()


def transfer(source, target, times):
    # Both directions take the locks in
    # the same order.
    if source.number < target.number:
        first, second = source.lock, target.lock
    else:
        first, second = target.lock, source.lock
    for _ in range(times):
        with first, second:
            source.balance -= 1
            target.balance += 1


one = Account(1, 1000)
two = Account(2, 1000)
threads = [
    Thread(target=transfer, args=(one, two, 500)),
    Thread(target=transfer, args=(two, one, 200)),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

print("balances:", one.balance, two.balance)
#> balances: 700 1300
