"""The caches of decoded pictures: what test_data.py does not reach."""

import pytest

from catsclean.errors import TrainingError
from catsclean.training.decoded_cache import MemoryCache
from catsclean.training.pictures import Cut


def test_more_pictures_than_the_memory_holds_are_refused_with_what_to_do():
    with pytest.raises(TrainingError, match=r"no memory for \d+ MB .* Allow less --memory"):
        MemoryCache(Cut(150), 10**10)  # more than a process can address
