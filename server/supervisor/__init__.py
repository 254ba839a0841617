"""The process that starts Chengma's other processes, watches over them, and stops them in order."""
