"""The actions of the default bot, Fjordlight's shop (`nlu_data/shop`)."""

from bot.actions.shop.registry import build

__all__ = ["build"]
