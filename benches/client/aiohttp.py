"""What load generators in Python do at the least: aiohttp, each document or event read as JSON.

Arguments: URL, connections, requests, body, and `stream` where answers are streams.
"""

import asyncio
import json
import sys

import aiohttp

HEADERS = {
    "content-type": "application/json",
    "authorization": "Bearer sk-byts-0000000000000000000000000000",
}


async def call(session, url, body, is_stream):
    async with session.post(url, data=body, headers=HEADERS) as answer:
        answer.raise_for_status()
        if not is_stream:
            json.loads(await answer.read())
            return
        async for line in answer.content:
            if line.startswith(b"data: ") and not line.startswith(b"data: [DONE]"):
                json.loads(line[6:])


async def main(url, connections, requests, body, is_stream):
    turns = iter(range(requests))
    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector, read_bufsize=1 << 20) as session:

        async def caller():
            for _ in turns:
                await call(session, url, body, is_stream)

        await asyncio.gather(*(caller() for _ in range(connections)))


if __name__ == "__main__":
    url, connections, requests, body, kind = sys.argv[1:]
    asyncio.run(main(url, int(connections), int(requests), body, kind == "stream"))
