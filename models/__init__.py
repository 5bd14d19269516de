"""Models that Firstline downloads: what there is (`manifest`), getting it (`fetch`), where it lies (`store`).

This package imports nothing of the application.
"""

from models.errors import FetchFailed, HashMismatch, ManifestInvalid, ModelError, ModelMissing, ModelUnknown

__all__ = ["FetchFailed", "HashMismatch", "ManifestInvalid", "ModelError", "ModelMissing", "ModelUnknown"]
