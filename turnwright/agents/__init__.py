"""The roles at work: those who plan, write, execute, check and judge, and the two who talk."""
