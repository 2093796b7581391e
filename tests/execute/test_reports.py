"""Frames that workers send are found again in the bytes that come, however they are cut."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from greenroom.execute.messages import PASSED, PASSED_LENGTH, PASSED_TAG, GroupBegan, GroupEnded, Report, frame
from greenroom.execute.workerhandle import WorkerHandle

numbers = st.integers(0, 2**32 - 1)
passes = st.tuples(st.just(PASSED_LENGTH), st.just(PASSED_TAG), numbers, st.floats(0, 2e9), st.floats(0, 1e4))
others = st.one_of(
    st.builds(GroupBegan, numbers),
    st.builds(GroupEnded, numbers, numbers, st.floats(0, 1e4), st.floats(0, 1e4)),
)


@given(st.lists(st.one_of(passes, others), max_size=40), st.lists(st.integers(0, 2000), max_size=5))
def test_whatever_comes_is_taken_once_and_in_order(sent: list[Any], cuts: list[int]) -> None:
    """Passes next to each other come together; nothing is lost, doubled or changed at a cut."""
    encoder = msgspec.msgpack.Encoder()
    data = b"".join(PASSED.pack(*each) if isinstance(each, tuple) else frame(encoder, each) for each in sent)
    handle: Any = WorkerHandle.__new__(WorkerHandle)
    handle._buffer = b""
    handle._decoder = msgspec.msgpack.Decoder(Report)
    taken: list[Any] = []
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    for start, end in pairwise(places):
        handle._buffer += data[start:end]
        for report in handle.reports():
            if isinstance(report, list):
                assert report
                taken += report
            else:
                taken.append(report)
    assert taken == sent
    assert handle._buffer == b""
