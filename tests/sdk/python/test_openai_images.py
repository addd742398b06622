"""The `openai` package against `/v1/images` and `/v1/models`."""

import asyncio
import base64
import struct
import urllib.request

import openai
import pytest

GPT = "gpt-image-2"
BANANA = "nano-banana"


@pytest.fixture(scope="module")
def client(replica):
    return openai.OpenAI(api_key=replica.key, base_url=f"{replica.url}/v1", max_retries=0)


def size(png):
    """Width and height from the header of a PNG."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n" and png[12:16] == b"IHDR" and png.endswith(b"\xaeB`\x82")
    return struct.unpack(">II", png[16:24])


@pytest.fixture(scope="module")
def photograph(client):
    made = client.images.generate(model=GPT, prompt="a kite")
    return base64.b64decode(made.data[0].b64_json)


def test_pictures_in_the_answer(client, strict):
    made = strict(client.images.generate(model=GPT, prompt="a kite", n=2, size="1024x1536"))
    assert [size(base64.b64decode(image.b64_json)) for image in made.data] == [(1024, 1536)] * 2
    assert (made.size, made.output_format, made.background) == ("1024x1536", "png", "opaque")
    assert made.usage.total_tokens == made.usage.input_tokens + made.usage.output_tokens
    assert made.usage.input_tokens_details.text_tokens == 2


@pytest.mark.parametrize("format, magic", [("jpeg", b"\xff\xd8\xff"), ("webp", b"RIFF")])
def test_other_formats(client, strict, format, magic):
    made = strict(client.images.generate(model=GPT, prompt="a kite", output_format=format))
    assert made.output_format == format
    assert base64.b64decode(made.data[0].b64_json).startswith(magic)


def test_pictures_to_fetch(client, strict):
    made = strict(client.images.generate(model=BANANA, prompt="a kite", n=2))
    assert made.data[0].revised_prompt == "a kite" and made.data[0].b64_json is None
    for image in made.data:
        with urllib.request.urlopen(image.url) as response:
            assert response.headers["content-type"] == "image/png"
            assert size(response.read()) == (1024, 1024)


def test_pictures_as_a_stream_of_drafts(client, strict):
    stream = client.images.generate(model=GPT, prompt="a kite", stream=True, partial_images=2)
    *drafts, last = [strict(event) for event in stream]
    assert [draft.type for draft in drafts] == ["image_generation.partial_image"] * 2
    assert [draft.partial_image_index for draft in drafts] == [0, 1]
    assert last.type == "image_generation.completed"
    assert last.usage.output_tokens > 0
    assert len({event.b64_json for event in (*drafts, last)}) == 3
    assert size(base64.b64decode(last.b64_json)) == (1024, 1024)


def test_edits_of_one_and_of_many_uploads(client, strict, photograph):
    file = ("kite.png", photograph, "image/png")
    for image, count in [(file, 1), ([file, file, file], 3)]:
        made = strict(client.images.edit(model=GPT, image=image, prompt="a kite"))
        assert size(base64.b64decode(made.data[0].b64_json)) == (1024, 1024)
        assert made.usage.input_tokens_details.image_tokens == 194 * count
    masked = client.images.edit(model=GPT, image=file, mask=file, prompt="a kite", n=2)
    assert len(strict(masked).data) == 2


def test_edits_as_a_stream(client, strict, photograph):
    file = ("kite.png", photograph, "image/png")
    stream = client.images.edit(
        model=GPT, image=[file], prompt="a kite", stream=True, partial_images=1
    )
    draft, last = [strict(event) for event in stream]
    assert (draft.type, last.type) == ("image_edit.partial_image", "image_edit.completed")
    assert last.usage.input_tokens_details.image_tokens == 194


def test_the_asynchronous_client(replica, strict):
    async def talk():
        async with openai.AsyncOpenAI(
            api_key=replica.key, base_url=f"{replica.url}/v1", max_retries=0
        ) as client:
            made = await client.images.generate(model=GPT, prompt="a kite")
            stream = await client.images.generate(model=GPT, prompt="a kite", stream=True)
            return made, [event async for event in stream], [m async for m in client.models.list()]

    made, events, models = asyncio.run(talk())
    assert strict(made).data[0].b64_json
    assert [strict(event).type for event in events] == ["image_generation.completed"]
    assert len(models) > 20


def test_models(client, strict):
    models = {model.id: strict(model) for model in client.models.list()}
    assert {GPT, BANANA, "gpt-5-4", "claude-sonnet-4-6"} <= set(models)
    one = strict(client.models.retrieve("gpt-5-4"))
    assert one == models["gpt-5-4"] and (one.object, one.owned_by) == ("model", "openai")
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("gpt-0")
    assert caught.value.code == "model_not_found"
