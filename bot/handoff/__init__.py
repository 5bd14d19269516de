"""From the moment the bot gives up to the moment a person is done: agents, queue, routing, desk, webhooks."""
