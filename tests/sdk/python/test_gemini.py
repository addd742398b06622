"""The `google-genai` package against `/v1beta/models/{model}:generateContent`."""

import asyncio
import base64
import json
import urllib.request

import pydantic
import pytest
from google import genai
from google.genai import types

MODEL = "gemini-3-flash"


def connect(replica, **options):
    return genai.Client(
        api_key=replica.key,
        http_options=types.HttpOptions(base_url=replica.url, **options),
    )


@pytest.fixture(scope="module")
def client(replica):
    return connect(replica, api_version="v1beta")


def joined(chunks, strict):
    """One answer from the chunks of a stream: all parts, and the last word on the rest."""
    chunks = [strict(chunk) for chunk in chunks]
    assert len({chunk.response_id for chunk in chunks}) == 1
    assert [chunk.candidates[0].finish_reason for chunk in chunks[:-1]] == [None] * (
        len(chunks) - 1
    )
    totals = [chunk.usage_metadata.total_token_count for chunk in chunks]
    assert totals == sorted(totals)
    last = chunks[-1]
    parts = [part for c in chunks for part in c.candidates[0].content.parts or []]
    last.candidates[0].content.parts = parts
    return last


def both(client, strict, contents="How many boats?", **config):
    request = {"model": MODEL, "contents": contents}
    request["config"] = types.GenerateContentConfig(**config)
    yield strict(client.models.generate_content(**request))
    yield joined(client.models.generate_content_stream(**request), strict)


@pytest.fixture(scope="module")
def manual():
    return types.AutomaticFunctionCallingConfig(disable=True)


def declared(name, **properties):
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return types.FunctionDeclaration(name=name, description=name, parameters_json_schema=schema)


WEATHER = declared("weather", city={"type": "string"}, days={"type": "integer"})
TOOLS = [types.Tool(function_declarations=[WEATHER, declared("clock")])]


def test_text(client, strict):
    for answer in both(client, strict):
        [candidate] = answer.candidates
        assert answer.text.strip() and candidate.content.role == "model"
        assert candidate.finish_reason == types.FinishReason.STOP
        assert answer.model_version == MODEL and answer.response_id
        usage = answer.usage_metadata
        assert usage.prompt_token_count == 8 and 40 <= usage.candidates_token_count <= 120
        assert usage.total_token_count == 8 + usage.candidates_token_count


def test_the_other_version_of_the_routes_is_served_too(replica, strict):
    client = connect(replica, api_version="v1")
    for answer in both(client, strict):
        assert answer.candidates[0].finish_reason == types.FinishReason.STOP


def test_a_system_prompt_and_earlier_turns_count_as_input(client, strict):
    contents = [
        types.Content(role="user", parts=[types.Part(text="12345678")]),
        types.Content(role="model", parts=[types.Part(text="1234")]),
        types.Content(role="user", parts=[types.Part(text="1234")]),
    ]
    for answer in both(client, strict, contents, system_instruction="12345678"):
        assert answer.usage_metadata.prompt_token_count == 6 + 3 * 4


def test_tools_in_parallel_and_what_they_gave_back(client, strict, manual):
    config = {"tools": TOOLS, "automatic_function_calling": manual}
    for answer in both(client, strict, **config):
        calls = {call.name: call for call in answer.function_calls}
        assert set(calls) == {"weather", "clock"}
        assert isinstance(calls["weather"].args["city"], str)
        assert isinstance(calls["weather"].args["days"], int)
        assert all(call.id for call in calls.values())
        content = answer.candidates[0].content
        # Calls are signed, and the signature goes back with them.
        assert any(part.thought_signature for part in content.parts)
        results = [
            types.Part(
                function_response=types.FunctionResponse(
                    id=call.id, name=call.name, response={"sky": "rain"}
                )
            )
            for call in calls.values()
        ]
        turns = [
            types.Content(role="user", parts=[types.Part(text="How many boats?")]),
            content,
            types.Content(role="user", parts=results),
        ]
        for told in both(client, strict, turns, **config):
            assert told.text and not told.function_calls


def test_the_choice_of_tools_is_kept(client, strict, manual):
    modes = [
        (types.FunctionCallingConfig(mode="ANY", allowed_function_names=["clock"]), ["clock"]),
        (types.FunctionCallingConfig(mode="NONE"), []),
    ]
    for mode, names in modes:
        choice = types.ToolConfig(function_calling_config=mode)
        config = {"tools": TOOLS, "tool_config": choice, "automatic_function_calling": manual}
        for answer in both(client, strict, **config):
            assert [call.name for call in answer.function_calls or []] == names


@pytest.mark.parametrize("stream", [False, True])
def test_functions_are_called_for_us_and_the_loop_ends(client, stream):
    calls = []

    def depth(harbour: str, metres: int) -> str:
        """How deep a harbour is."""
        calls.append((harbour, metres))
        return "12"

    chat = client.chats.create(model=MODEL, config={"tools": [depth]})
    if stream:
        text = "".join(chunk.text or "" for chunk in chat.send_message_stream("How deep?"))
    else:
        text = chat.send_message("How deep?").text
    assert text
    [(harbour, metres)] = calls
    assert isinstance(harbour, str) and isinstance(metres, int)


def test_thoughts_are_shown_signed_and_may_be_passed_back(client, strict):
    config = {"thinking_config": types.ThinkingConfig(include_thoughts=True)}
    for answer in both(client, strict, **config):
        content = answer.candidates[0].content
        thoughts = "".join(part.text for part in content.parts if part.thought)
        assert thoughts and thoughts not in answer.text
        usage = answer.usage_metadata
        assert usage.thoughts_token_count > 0
        assert usage.total_token_count == (
            usage.prompt_token_count + usage.candidates_token_count + usage.thoughts_token_count
        )
        [signature] = [part.thought_signature for part in content.parts if part.thought_signature]
        assert len(signature) >= 32
        again = types.Content(role="user", parts=[types.Part(text="And now?")])
        first = types.Content(role="user", parts=[types.Part(text="How many boats?")])
        told = strict(client.models.generate_content(model=MODEL, contents=[first, content, again]))
        assert told.text


def test_thoughts_that_are_not_shown_are_still_counted(client, strict):
    for answer in both(client, strict, thinking_config=types.ThinkingConfig(thinking_budget=64)):
        assert answer.usage_metadata.thoughts_token_count > 0
        assert not any(part.thought for part in answer.candidates[0].content.parts)


class Boat(pydantic.BaseModel):
    name: str
    masts: int
    crew: list[str]


def test_structured_outputs_fit_their_type(client, strict):
    config = {"response_mime_type": "application/json", "response_schema": Boat}
    whole, streamed = both(client, strict, **config)
    assert isinstance(whole.parsed, Boat)
    Boat.model_validate_json(streamed.text, strict=True)
    listed = {**config, "response_schema": list[Boat]}
    assert all(isinstance(boat, Boat) for boat in next(both(client, strict, **listed)).parsed)


def test_an_image_counts_as_input(client, strict):
    picture = base64.b64decode("iVBORw0KGgo=")
    contents = [types.Part.from_bytes(data=picture, mime_type="image/png"), "1234"]
    for answer in both(client, strict, contents):
        usage = answer.usage_metadata
        assert usage.prompt_token_count == 258 + 1 + 4
        kinds = {detail.modality: detail.token_count for detail in usage.prompt_tokens_details}
        assert kinds[types.MediaModality.IMAGE] == 258


def test_stop_sequences_max_tokens_and_candidates(client, strict):
    for answer in both(client, strict, stop_sequences=["stone"]):
        assert "stone" not in answer.text
        assert answer.candidates[0].finish_reason == types.FinishReason.STOP
    for answer in both(client, strict, max_output_tokens=5):
        assert answer.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS
        assert answer.usage_metadata.candidates_token_count == 5
    config = types.GenerateContentConfig(candidate_count=3)
    answer = strict(client.models.generate_content(model=MODEL, contents="Hi", config=config))
    assert [candidate.index or 0 for candidate in answer.candidates] == [0, 1, 2]


def test_an_answer_has_the_envelope(client, envelope):
    answer = client.models.generate_content(model=MODEL, contents="Hi")
    headers = {name.lower(): text for name, text in answer.sdk_http_response.headers.items()}
    assert envelope(headers)
    for chunk in client.models.generate_content_stream(model=MODEL, contents="Hi"):
        headers = {name.lower(): text for name, text in chunk.sdk_http_response.headers.items()}
        assert headers["content-type"] == "text/event-stream"


def test_a_stream_may_be_left_early(client):
    for _ in range(3):
        stream = client.models.generate_content_stream(model=MODEL, contents="Hi")
        assert next(iter(stream)).response_id
        stream.close()
    assert client.models.generate_content(model=MODEL, contents="Hi").text


def test_the_asynchronous_client(client, strict):
    async def talk():
        models = client.aio.models

        async def through_a_stream():
            stream = await models.generate_content_stream(model=MODEL, contents="Hi")
            return [chunk async for chunk in stream]

        return await asyncio.gather(
            models.generate_content(model=MODEL, contents="Hi"), through_a_stream()
        )

    whole, chunks = asyncio.run(talk())
    assert strict(whole).text and joined(chunks, strict).text


def test_a_body_has_only_members_that_the_client_declares(replica):
    """The client drops what it does not know; its own model of the answer does not."""
    body = {
        "contents": [{"role": "user", "parts": [{"text": "How many boats?"}]}],
        "tools": [{"functionDeclarations": [{"name": "clock"}]}],
        "generationConfig": {"thinkingConfig": {"includeThoughts": True}},
    }
    for tools in (body.pop("tools"), None):
        request = urllib.request.Request(
            f"{replica.url}/v1beta/models/{MODEL}:generateContent",
            json.dumps({**body, "tools": tools or []}).encode(),
            {"x-goog-api-key": replica.key, "content-type": "application/json"},
        )
        with urllib.request.urlopen(request) as response:
            answer = types.GenerateContentResponse.model_validate_json(response.read())
        assert answer.candidates[0].content.parts
