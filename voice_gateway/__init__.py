"""The voice gateway: audio to text and back. It knows the bot only by its public channel API."""
