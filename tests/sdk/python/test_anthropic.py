"""The `anthropic` package against `/v1/messages`."""

import asyncio
import base64
import json

import anthropic
import pydantic
import pytest

MODEL = "claude-sonnet-4-6"
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()
WEATHER = {
    "name": "weather",
    "description": "Tells the weather.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "maximum": 7}},
        "required": ["city", "days"],
    },
}
CLOCK = {"name": "clock", "input_schema": {"type": "object", "properties": {}}}
THINKING = {"type": "enabled", "budget_tokens": 1024}


def ask(text="How many boats?", **more):
    messages = [{"role": "user", "content": text}]
    return {"model": MODEL, "max_tokens": 2000, "messages": messages, **more}


@pytest.fixture(scope="module")
def client(replica):
    return anthropic.Anthropic(api_key=replica.key, base_url=replica.url, max_retries=0)


def streamed(client, strict, **request):
    """The events' types, and the message that the client puts together from them."""
    with client.messages.stream(**request) as stream:
        types = [strict(event).type for event in stream]
        return types, strict(stream.get_final_message())


def both(client, strict, **request):
    """The same request answered whole and as a stream."""
    whole = strict(client.messages.create(**request))
    return [whole, streamed(client, strict, **request)[1]]


def test_text(client, strict):
    for message in both(client, strict, **ask()):
        [block] = message.content
        assert block.type == "text" and block.text.strip()
        assert (message.role, message.model) == ("assistant", MODEL)
        assert (message.stop_reason, message.stop_sequence) == ("end_turn", None)
        assert message.id.startswith("msg_")
        # A quarter of the bytes, and four a message.
        assert message.usage.input_tokens == 8
        assert 40 <= message.usage.output_tokens <= 120
        assert message.usage.service_tier == "standard"


def test_a_system_prompt_and_earlier_turns_count_as_input(client, strict):
    bare = client.messages.create(**ask()).usage.input_tokens
    system = [{"type": "text", "text": "12345678", "cache_control": {"type": "ephemeral"}}]
    usage = strict(client.messages.create(**ask(system=system))).usage
    seen = usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens
    assert seen == bare + 2
    turns = [
        {"role": "user", "content": "12345678"},
        {"role": "assistant", "content": "1234"},
        *ask()["messages"],
    ]
    longer = {**ask(), "messages": turns}
    assert strict(client.messages.create(**longer)).usage.input_tokens == bare + 3 + 2 * 4


def test_the_events_of_a_stream_come_in_order(client, strict):
    request = ask(stream=True)
    events = [strict(event) for event in client.messages.create(**request)]
    types = [event.type for event in events]
    assert types[:2] == ["message_start", "content_block_start"]
    assert types[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(types[2:-3]) == {"content_block_delta"}
    assert events[-2].delta.stop_reason == "end_turn"
    # One token a delta.
    assert events[-2].usage.output_tokens == len(types) - 5


def test_tools_in_parallel_and_what_they_gave_back(client, strict):
    request = ask(tools=[WEATHER, CLOCK])
    for message in both(client, strict, **request):
        assert message.stop_reason == "tool_use"
        calls = {block.name: block for block in message.content if block.type == "tool_use"}
        assert set(calls) == {"weather", "clock"}
        assert set(calls["weather"].input) == {"city", "days"}
        assert isinstance(calls["weather"].input["city"], str)
        assert calls["weather"].input["days"] <= 7
        assert calls["clock"].input == {}
        assert all(call.id.startswith("toolu_") for call in calls.values())
        results = [
            {"type": "tool_result", "tool_use_id": call.id, "content": "rain"}
            for call in calls.values()
        ]
        turns = [
            *request["messages"],
            {"role": "assistant", "content": message.content},
            {"role": "user", "content": results},
        ]
        for answer in both(client, strict, **{**request, "messages": turns}):
            assert (answer.stop_reason, answer.content[0].type) == ("end_turn", "text")


def test_the_choice_of_tools_is_kept(client, strict):
    tools = [WEATHER, CLOCK]
    wanted = [
        ({"type": "tool", "name": "clock"}, ["clock"]),
        ({"type": "auto", "disable_parallel_tool_use": True}, None),
        ({"type": "none"}, []),
    ]
    for choice, names in wanted:
        for message in both(client, strict, **ask(tools=tools, tool_choice=choice)):
            called = [block.name for block in message.content if block.type == "tool_use"]
            assert called == names if names is not None else len(called) == 1


def test_arguments_arrive_piece_by_piece(client, strict):
    request = ask(tools=[WEATHER], tool_choice={"type": "any"})
    pieces, snapshots = [], []
    with client.messages.stream(**request) as stream:
        for event in stream:
            if event.type == "input_json":
                pieces.append(event.partial_json)
                snapshots.append(event.snapshot)
        [call] = stream.get_final_message().content
    assert json.loads("".join(pieces)) == call.input == snapshots[-1]
    assert len(pieces) > 2


def test_thinking_is_signed_and_may_be_passed_back(client, strict):
    request = ask(thinking=THINKING, tools=[WEATHER])
    for message in both(client, strict, **request):
        kinds = [block.type for block in message.content]
        assert kinds[0] == "thinking" and kinds[-1] == "tool_use"
        thought = message.content[0]
        assert thought.thinking and len(base64.b64decode(thought.signature)) >= 32
        assert message.usage.output_tokens_details.thinking_tokens > 0
        result = {"type": "tool_result", "tool_use_id": message.content[-1].id, "content": "rain"}
        turns = [
            *request["messages"],
            {"role": "assistant", "content": message.content},
            {"role": "user", "content": [result]},
        ]
        answer = strict(client.messages.create(**{**request, "messages": turns}))
        assert answer.content[-1].type == "text" and answer.stop_reason == "end_turn"


def test_thinking_is_streamed_before_its_signature(client, strict):
    types, message = streamed(client, strict, **ask(thinking=THINKING))
    assert types.index("thinking") < types.index("signature") < types.index("text")
    assert [block.type for block in message.content] == ["thinking", "text"]


def test_an_image_counts_as_input(client, strict):
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    parts = [{"type": "image", "source": source}, {"type": "text", "text": "1234"}]
    for message in both(client, strict, **ask(parts)):
        assert message.usage.input_tokens == 258 + 1 + 4


def test_stop_sequences(client, strict):
    stopped = 0
    for number in range(12):
        for message in both(client, strict, **ask(f"Go {number}", stop_sequences=["stone"])):
            assert "stone" not in message.content[0].text
            if message.stop_reason == "stop_sequence":
                assert message.stop_sequence == "stone"
                stopped += 1
            else:
                assert (message.stop_reason, message.stop_sequence) == ("end_turn", None)
    assert 0 < stopped < 24


def test_max_tokens(client, strict):
    for message in both(client, strict, **{**ask(), "max_tokens": 5}):
        assert (message.stop_reason, message.usage.output_tokens) == ("max_tokens", 5)


class Boat(pydantic.BaseModel):
    name: str
    masts: int
    crew: list[str]


def test_structured_outputs_fit_their_type(client, strict):
    parsed = client.messages.parse(**ask(), output_format=Boat)
    assert isinstance(parsed.parsed_output, Boat)
    with client.messages.stream(**ask(), output_format=Boat) as stream:
        final = stream.get_final_message()
    assert isinstance(final.parsed_output, Boat) and final.parsed_output.crew


@pytest.mark.parametrize("stream", [False, True])
def test_the_tool_runner_ends_its_loop(client, stream):
    calls = []

    @anthropic.beta_tool
    def depth(harbour: str, metres: int) -> str:
        """How deep a harbour is.

        Args:
            harbour: Which one.
            metres: From the shore.
        """
        calls.append((harbour, metres))
        return "12"

    runner = client.beta.messages.tool_runner(
        **ask(), tools=[depth], stream=stream, max_iterations=4
    )
    turns = [turn.get_final_message() if stream else turn for turn in runner]
    assert [turn.stop_reason for turn in turns] == ["tool_use", "end_turn"]
    [(harbour, metres)] = calls
    assert isinstance(harbour, str) and isinstance(metres, int)


def test_a_request_has_an_id_and_its_answer_the_envelope(client, envelope):
    raw = client.messages.with_raw_response.create(**ask())
    assert envelope(raw.headers) == raw.request_id == raw.parse()._request_id
    with client.messages.stream(**ask()) as stream:
        assert stream.request_id == envelope(stream.response.headers)


def test_a_stream_may_be_left_early(client):
    for _ in range(3):
        with client.messages.stream(**ask()) as stream:
            assert next(stream.text_stream)
    assert client.messages.create(**ask()).stop_reason == "end_turn"


def test_the_asynchronous_client(replica, strict):
    async def talk():
        async with anthropic.AsyncAnthropic(
            api_key=replica.key, base_url=replica.url, max_retries=0
        ) as client:
            request = ask(tools=[WEATHER], thinking=THINKING)

            async def through_a_stream():
                async with client.messages.stream(**request) as stream:
                    types = [strict(event).type async for event in stream]
                    return types, strict(await stream.get_final_message())

            return await asyncio.gather(client.messages.create(**request), through_a_stream())

    whole, (types, final) = asyncio.run(talk())
    assert types[0] == "message_start" and types[-1] == "message_stop"
    for message in (strict(whole), final):
        assert message.stop_reason == "tool_use"
        assert set(message.content[-1].input) == {"city", "days"}
