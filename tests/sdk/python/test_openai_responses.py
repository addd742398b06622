"""The `openai` package against `/v1/responses`."""

import asyncio
import json

import openai
import pydantic
import pytest
from openai.lib.responses_tool_runner import RegisteredFunction, ResponsesToolRunner

MODEL = "gpt-5-4"


class Weather(pydantic.BaseModel):
    """Tells the weather."""

    city: str
    days: int


def tool(name, schema):
    return {"type": "function", "name": name, "parameters": schema, "strict": True}


SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
WEATHER = tool("weather", SCHEMA)
NOTHING = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
CLOCK = tool("clock", NOTHING)
SHOWN = {"effort": "low", "summary": "auto"}


def ask(text="How many boats?", **more):
    return {"model": MODEL, "input": text, **more}


@pytest.fixture(scope="module")
def client(replica):
    return openai.OpenAI(api_key=replica.key, base_url=f"{replica.url}/v1", max_retries=0)


def streamed(client, strict, **request):
    with client.responses.stream(**request) as stream:
        events = [strict(event) for event in stream]
    # The client's own `get_final_response` knows no response that is incomplete.
    return events, strict(events[-1].response)


def both(client, strict, **request):
    whole = strict(client.responses.create(**request))
    return [whole, streamed(client, strict, **request)[1]]


def test_text(client, strict):
    for response in both(client, strict, **ask()):
        assert (response.status, response.model) == ("completed", MODEL)
        assert response.output_text.strip() and response.id.startswith("resp_")
        [message] = response.output
        assert (message.type, message.role, message.status) == ("message", "assistant", "completed")
        assert response.error is None and response.incomplete_details is None
        usage = response.usage
        assert usage.input_tokens == 8 and 40 <= usage.output_tokens <= 120
        assert usage.total_tokens == usage.input_tokens + usage.output_tokens
        assert response.completed_at >= response.created_at


def test_instructions_and_earlier_turns_count_as_input(client, strict):
    turns = [
        {"role": "user", "content": "12345678"},
        {"role": "assistant", "content": "1234"},
        {"role": "user", "content": [{"type": "input_text", "text": "1234"}]},
    ]
    request = ask(turns, instructions="12345678", metadata={"boat": "1"})
    for response in both(client, strict, **request):
        assert response.usage.input_tokens == 6 + 3 * 4
        assert (response.instructions, response.metadata) == ("12345678", {"boat": "1"})


def test_the_events_of_a_stream_come_in_order_and_numbered(client, strict):
    stream = client.responses.create(**ask(), stream=True)
    events = [strict(event) for event in stream]
    types = [event.type.removeprefix("response.") for event in events]
    assert types[:4] == ["created", "in_progress", "output_item.added", "content_part.added"]
    assert types[-4:] == ["output_text.done", "content_part.done", "output_item.done", "completed"]
    assert set(types[4:-4]) == {"output_text.delta"}
    assert [event.sequence_number for event in events] == list(range(len(events)))
    text = "".join(event.delta for event in events[4:-4])
    assert text == events[-4].text == events[-1].response.output_text
    # One token a delta.
    assert events[-1].response.usage.output_tokens == len(types) - 8


def test_tools_in_parallel_and_what_they_gave_back(client, strict):
    request = ask(tools=[WEATHER, CLOCK])
    for response in both(client, strict, **request):
        calls = {item.name: item for item in response.output if item.type == "function_call"}
        assert set(calls) == {"weather", "clock"}
        Weather.model_validate_json(calls["weather"].arguments, strict=True)
        assert json.loads(calls["clock"].arguments) == {}
        results = [
            {"type": "function_call_output", "call_id": call.call_id, "output": "rain"}
            for call in calls.values()
        ]
        first = {"role": "user", "content": request["input"]}
        said = [item.model_dump(exclude_none=True) for item in response.output]
        for item in said:
            item.pop("parsed_arguments", None)
        for answer in both(client, strict, **{**request, "input": [first, *said, *results]}):
            assert answer.status == "completed" and answer.output_text


def test_arguments_arrive_piece_by_piece(client, strict):
    request = ask(tools=[WEATHER, CLOCK], tool_choice={"type": "function", "name": "weather"})
    events, final = streamed(client, strict, **request)
    pieces = [e.delta for e in events if e.type == "response.function_call_arguments.delta"]
    [done] = [e for e in events if e.type == "response.function_call_arguments.done"]
    [call] = final.output
    assert "".join(pieces) == done.arguments == call.arguments and len(pieces) > 1
    assert call.parsed_arguments == json.loads(call.arguments)


def test_reasoning_is_shown_sealed_and_may_be_passed_back(client, strict):
    request = ask(
        tools=[WEATHER], reasoning=SHOWN, include=["reasoning.encrypted_content"], store=False
    )
    for response in both(client, strict, **request):
        thought, *_, call = response.output
        assert (thought.type, call.type) == ("reasoning", "function_call")
        assert thought.summary[0].text and thought.encrypted_content
        assert response.usage.output_tokens_details.reasoning_tokens > 0
        result = {"type": "function_call_output", "call_id": call.call_id, "output": "rain"}
        said = [item.model_dump(exclude_none=True) for item in response.output]
        said[-1].pop("parsed_arguments", None)
        turns = [{"role": "user", "content": "How many boats?"}, *said, result]
        answer = strict(client.responses.create(**{**request, "input": turns}))
        assert [item.type for item in answer.output] == ["reasoning", "message"]


def test_a_summary_is_streamed_before_the_text(client, strict):
    events, final = streamed(client, strict, **ask(reasoning=SHOWN))
    types = [event.type for event in events]
    summary = "response.reasoning_summary_text.done"
    assert types.index(summary) < types.index("response.output_text.delta")
    [done] = [event for event in events if event.type == summary]
    assert done.text == final.output[0].summary[0].text


def test_structured_outputs_fit_their_type(client, strict):
    response = strict(client.responses.parse(**ask(), text_format=Weather))
    assert isinstance(response.output_parsed, Weather)
    # What was parsed fits no declared type of an event.
    _, final = streamed(client, lambda event: event, **ask(), text_format=Weather)
    assert isinstance(final.output_parsed, Weather)


def test_an_image_counts_as_input(client, strict):
    image = {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"}
    parts = [image, {"type": "input_text", "text": "1234"}]
    for response in both(client, strict, **ask([{"role": "user", "content": parts}])):
        assert response.usage.input_tokens >= 258 + 1 + 4


def test_max_tokens(client, strict):
    for response in both(client, strict, **ask(max_output_tokens=16)):
        assert response.status == "incomplete"
        assert response.incomplete_details.reason == "max_output_tokens"
        assert response.usage.output_tokens == 16


def test_logprobs(client, strict):
    request = ask(include=["message.output_text.logprobs"], top_logprobs=2, max_output_tokens=16)
    for response in both(client, strict, **request):
        [part] = response.output[0].content
        assert "".join(entry.token for entry in part.logprobs) == part.text
        assert all(len(entry.top_logprobs) == 2 for entry in part.logprobs)


@pytest.mark.parametrize("stream", [False, True])
def test_the_tool_runner_ends_its_loop(client, strict, stream):
    calls = []

    def weather(arguments):
        calls.append(arguments)
        return "rain"

    runner = ResponsesToolRunner(functions=[RegisteredFunction(WEATHER, weather)])
    params = ask([{"role": "user", "content": "How many boats?"}])
    response = strict(runner.run(client, params, max_steps=4, stream=stream))
    assert response.status == "completed" and response.output_text
    [arguments] = calls
    Weather.model_validate(arguments, strict=True)


def test_a_request_has_an_id_and_its_answer_the_envelope(client, envelope):
    raw = client.responses.with_raw_response.create(**ask())
    assert envelope(raw.headers) == raw.request_id == raw.parse()._request_id


def test_a_stream_may_be_left_early(client):
    for _ in range(3):
        with client.responses.create(**ask(), stream=True) as stream:
            assert next(iter(stream)).type == "response.created"
    assert client.responses.create(**ask()).status == "completed"


def test_the_asynchronous_client(replica, strict):
    async def talk():
        async with openai.AsyncOpenAI(
            api_key=replica.key, base_url=f"{replica.url}/v1", max_retries=0
        ) as client:

            async def through_a_stream():
                async with client.responses.stream(**ask(reasoning=SHOWN)) as stream:
                    types = [strict(event).type async for event in stream]
                    return types, strict(await stream.get_final_response())

            return await asyncio.gather(client.responses.create(**ask()), through_a_stream())

    whole, (types, final) = asyncio.run(talk())
    assert types[0] == "response.created" and types[-1] == "response.completed"
    assert strict(whole).output_text and final.output_text
