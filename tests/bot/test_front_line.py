"""What the composition root refuses to start on."""

from __future__ import annotations

import pytest

from bot.errors import FirstlineError
from bot.front_line import open_front_line
from bot.settings import Settings
from tests.support.front_line import FrontLine


async def test_an_sqlite_file_is_served_by_one_process_at_a_time(front_line: FrontLine) -> None:
    with pytest.raises(FirstlineError, match="Another Firstline serves") as refused:
        async with open_front_line(Settings(data_dir=front_line.data_dir, demo=True)):
            pass
    assert "FIRSTLINE_DATA_DIR" in refused.value.hint
