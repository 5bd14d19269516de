"""Channels: a customer's message in, the conversation's messages out."""
