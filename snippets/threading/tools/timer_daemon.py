from threading import Timer

kitchen_timer = Timer(60, print, args=("never printed",))
kitchen_timer.daemon = True
kitchen_timer.start()

print("the main program ends here")
#> the main program ends here
