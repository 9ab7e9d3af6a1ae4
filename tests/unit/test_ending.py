"""Tasks end even when a library forgets their cancellation."""

import asyncio
import contextlib

from hypervisor.ending import end


async def _forgetful(times: int) -> None:
    """Drops its first cancellations, as `asyncio.wait_for` does when its inner work completes at the same moment."""
    for _time in range(times):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    await asyncio.Event().wait()


def test_a_task_that_forgets_two_cancellations_ends_all_the_same():
    async def scene() -> bool:
        task = asyncio.create_task(_forgetful(2))
        await asyncio.sleep(0)
        async with asyncio.timeout(30):
            await end([task])
        return task.cancelled()

    assert asyncio.run(scene())


def test_what_a_task_raises_at_its_end_is_dropped_and_no_task_is_no_matter():
    async def broken() -> None:
        raise RuntimeError("at its end")

    async def scene() -> None:
        await end([asyncio.create_task(broken())])
        await end([])

    asyncio.run(scene())
