"""What the bot does besides talking: custom actions, in this process or at a remote action server."""
