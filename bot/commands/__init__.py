"""What the commands of `bot.cli` do, a module each, imported only when it is run."""
