import logging

# A line for each push belongs on a server's console, not between the dots. Tests of the log ask for it.
logging.getLogger("oci.audit").setLevel(logging.ERROR)
