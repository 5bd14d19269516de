"""Text to entities: spaCy model, rules, shapes of codes, resolution, values."""

from bot.nlu.entities.extractor import EntityExtractor, Found

__all__ = ["EntityExtractor", "Found"]
