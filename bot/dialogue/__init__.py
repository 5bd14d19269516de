"""Conversation in, next actions out: the interpreter of Rasa projects, and the virtual agent around it."""
