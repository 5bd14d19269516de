"""The other sides of the transports, for tests: over real sockets on this machine."""
