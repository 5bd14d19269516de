"""Firstline's virtual agent and everything up to the person who takes over."""

__version__ = "0.1.0"
