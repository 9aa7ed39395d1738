# /// script
# requires-python = ">=3.13"
#
# [tool.snippet]
# not_in_lab = "has no threads"
# outputs = [
#     "free-threaded build: False\nGIL enabled: True",
#     "free-threaded build: True\nGIL enabled: False",
#     "free-threaded build: True\nGIL enabled: True",
# ]
# ///
# --8<-- [start:program]
import sys
import sysconfig

free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))

print("free-threaded build:", free_threaded)
#> free-threaded build: False
print("GIL enabled:", sys._is_gil_enabled())
#> GIL enabled: True
# --8<-- [end:program]
