"""Makes small Coqui models with random weights: ``.venv-coqui/bin/python tiny_coqui.py FOLDER``.

What they say is noise, but they are read, run and streamed as real ones are. Run with Coqui's own Python.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def vits(folder: Path) -> None:
    """Two speakers, one language, whole clauses."""
    from TTS.tts.configs.vits_config import VitsArgs, VitsConfig
    from TTS.tts.models.vits import Vits

    speakers = folder / "speakers.pth"
    torch.save({"first": 0, "second": 1}, speakers)
    config = VitsConfig(
        model_args=VitsArgs(
            hidden_channels=16,
            hidden_channels_ffn_text_encoder=16,
            num_layers_text_encoder=1,
            num_layers_posterior_encoder=1,
            num_layers_flow=1,
            upsample_initial_channel_decoder=16,
            use_sdp=False,
            init_discriminator=False,
            use_speaker_embedding=True,
            speaker_embedding_channels=8,
            speakers_file=str(speakers),
        ),
        use_phonemes=False,
        text_cleaner="basic_cleaners",
    )
    model = Vits(config)
    config = model.config
    torch.save({"model": model.state_dict()}, folder / "model.pth")
    config.save_json(str(folder / "config.json"))


def xtts(folder: Path) -> None:
    """Two speakers, many languages, streamed."""
    from tokenizers import Tokenizer
    from tokenizers.models import BPE
    from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
    from TTS.tts.models.xtts import Xtts

    special = ["[STOP]", "[UNK]", "[SPACE]", "[START]", "[en]", "[de]"]
    words = {word: index for index, word in enumerate([*special, *LETTERS, *".,!?'"])}
    tokenizer = Tokenizer(BPE(vocab=words, merges=[], unk_token="[UNK]"))
    tokenizer.add_special_tokens(special)
    tokenizer.save(str(folder / "vocab.json"))
    channels, embedding = 64, 16
    config = XttsConfig(
        model_args=XttsArgs(
            gpt_layers=1,
            gpt_n_model_channels=channels,
            gpt_n_heads=2,
            gpt_max_audio_tokens=32,
            gpt_max_text_tokens=100,
            gpt_num_audio_tokens=34,
            gpt_start_audio_token=32,
            gpt_stop_audio_token=33,
            gpt_use_perceiver_resampler=True,
            decoder_input_dim=channels,
            d_vector_dim=embedding,
            tokenizer_file=str(folder / "vocab.json"),
        ),
        languages=["en", "de"],
    )
    model = Xtts(config)
    from TTS.tts.layers.xtts.tokenizer import VoiceBpeTokenizer

    model.tokenizer = VoiceBpeTokenizer(str(folder / "vocab.json"))
    model.init_models()
    # It never says that it has finished, so that each clause is as long as it may be, and comes in pieces.
    torch.nn.init.constant_(model.gpt.mel_head.bias[config.model_args.gpt_stop_audio_token :], -100.0)
    torch.save({"model": model.state_dict()}, folder / "model.pth")
    config.save_json(str(folder / "config.json"))
    voices = {
        name: {
            "gpt_cond_latent": torch.randn(1, 32, channels),
            "speaker_embedding": torch.randn(1, embedding, 1),
        }
        for name in ("First Voice", "Second Voice")
    }
    torch.save(voices, folder / "speakers_xtts.pth")


if __name__ == "__main__":
    torch.manual_seed(1)
    for make in (vits, xtts):
        folder = Path(sys.argv[1], make.__name__)
        folder.mkdir()
        make(folder)
