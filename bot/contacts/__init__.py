"""Customers and their records: what the bot and the desk may look up and change."""
