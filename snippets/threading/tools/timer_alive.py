# /// script
# [tool.snippet]
# any_order = "the timer's function prints after the main program"
# ///
# --8<-- [start:program]
from threading import Timer

kitchen_timer = Timer(0.1, print, args=("ding",))
kitchen_timer.start()

print("daemon:", kitchen_timer.daemon)
#> daemon: False
print("the main program ends here")
#> the main program ends here
#> ding
# --8<-- [end:program]
