"""The tests, one folder for each package; `support` is what several of them use."""
