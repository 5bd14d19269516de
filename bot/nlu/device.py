"""Which device and number format the encoder runs in on this machine."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from bot.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Device:
    """Where and in what precision the encoder runs."""

    name: str
    """``cuda``, ``mps`` or ``cpu``, as torch knows it."""
    dtype: torch.dtype

    @property
    def torch(self) -> torch.device:
        return torch.device(self.name)


def choose(setting: str = "auto", *, precision: str = "auto") -> Device:
    """The best device here, or the one that ``setting`` names (``cuda``, ``cuda:1``, ``mps``, ``cpu``).

    ``precision`` is ``float32``, ``bfloat16`` or ``auto``: bfloat16 where the hardware multiplies in it,
    which on a CPU means AMX or AVX512-BF16 (elsewhere it is emulated and slower than float32).

    Raises `InvalidInput` for a device that is not here or a precision that does not exist.
    """
    name = _name(setting)
    if precision == "auto":
        dtype = torch.bfloat16 if _multiplies_bfloat16(name) else torch.float32
    elif precision in {"float32", "bfloat16"}:
        dtype = torch.float32 if precision == "float32" else torch.bfloat16
    else:
        raise InvalidInput(
            f"unknown precision {precision!r}", hint="use auto, float32 or bfloat16", code="nlu.precision"
        )
    return Device(name=name, dtype=dtype)


def _name(setting: str) -> str:
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if setting == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if available[name])
    if not available.get(setting.split(":", 1)[0], False):
        here = ", ".join(name for name, is_here in available.items() if is_here)
        raise InvalidInput(
            f"there is no device {setting!r} here", hint=f"use auto or one of: {here}", code="nlu.device"
        )
    return setting


def _multiplies_bfloat16(name: str) -> bool:
    if name.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if name != "cpu":
        return False
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16") or capabilities.get("bf16"))
