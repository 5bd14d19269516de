"""Thin adapters: each makes a `voice_gateway.leg.Leg` of one kind of telephony."""
