"""The `openai` package against `/v1/chat/completions`."""

import asyncio
import json

import openai
import pydantic
import pytest

MODEL = "gpt-5-4"


class Weather(pydantic.BaseModel):
    """Tells the weather."""

    city: str
    days: int


WEATHER = openai.pydantic_function_tool(Weather, name="weather")
CLOCK = {"type": "function", "function": {"name": "clock"}}


def ask(text="How many boats?", **more):
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], **more}


@pytest.fixture(scope="module")
def client(replica):
    return openai.OpenAI(api_key=replica.key, base_url=f"{replica.url}/v1", max_retries=0)


def streamed(client, strict, **request):
    """The types of the client's own events, and what it puts together from the chunks."""
    options = {"include_usage": True}
    with client.chat.completions.stream(**request, stream_options=options) as stream:
        types = [strict(event).type for event in stream]
        try:
            return types, strict(stream.get_final_completion())
        except openai.LengthFinishReasonError as cut:
            # What any answer is to this helper that ran into its limit.
            return types, strict(cut.completion)


def both(client, strict, **request):
    whole = strict(client.chat.completions.create(**request))
    return [whole, streamed(client, strict, **request)[1]]


def test_text(client, strict):
    for completion in both(client, strict, **ask()):
        [choice] = completion.choices
        assert choice.message.content.strip() and choice.message.role == "assistant"
        assert (choice.finish_reason, choice.message.refusal) == ("stop", None)
        assert not choice.message.tool_calls
        assert (completion.object, completion.model) == ("chat.completion", MODEL)
        assert completion.id.startswith("chatcmpl-")
        usage = completion.usage
        assert usage.prompt_tokens == 8 and 40 <= usage.completion_tokens <= 120
        assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_a_system_prompt_and_earlier_turns_count_as_input(client, strict):
    turns = [
        {"role": "developer", "content": "12345678"},
        {"role": "user", "content": "1234"},
        {"role": "assistant", "content": "1234"},
        *ask()["messages"],
    ]
    # Instructions count by their words alone: other protocols have them beside the messages.
    for completion in both(client, strict, model=MODEL, messages=turns):
        assert completion.usage.prompt_tokens == 8 + 4 + 2 * 4


def test_usage_comes_last_and_only_on_request(client, strict):
    chunks = [strict(chunk) for chunk in client.chat.completions.create(**ask(), stream=True)]
    assert all(chunk.usage is None and len(chunk.choices) == 1 for chunk in chunks)
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks][-1] == "stop"
    options = {"include_usage": True}
    request = ask(stream=True, stream_options=options)
    *chunks, last = client.chat.completions.create(**request)
    assert all(chunk.usage is None for chunk in chunks)
    assert last.choices == []
    # One token a chunk, but for the one that opens and the one that ends.
    assert last.usage.completion_tokens == len(chunks) - 2


def test_tools_in_parallel_and_what_they_gave_back(client, strict):
    request = ask(tools=[WEATHER, CLOCK])
    for completion in both(client, strict, **request):
        [choice] = completion.choices
        assert choice.finish_reason == "tool_calls" and choice.message.content is None
        calls = {call.function.name: call for call in choice.message.tool_calls}
        assert set(calls) == {"weather", "clock"}
        Weather.model_validate_json(calls["weather"].function.arguments, strict=True)
        assert json.loads(calls["clock"].function.arguments) == {}
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": "rain"} for call in calls.values()
        ]
        said = choice.message.model_dump(exclude_none=True, include={"role", "tool_calls"})
        turns = [*request["messages"], said, *results]
        for answer in both(client, strict, **{**request, "messages": turns}):
            assert answer.choices[0].finish_reason == "stop"
            assert answer.choices[0].message.content


def test_the_choice_of_tools_is_kept(client, strict):
    tools = [WEATHER, CLOCK]
    named = {"type": "function", "function": {"name": "clock"}}
    for choice, count in [(named, 1), ("required", 1), ("none", 0)]:
        for completion in both(client, strict, **ask(tools=tools, tool_choice=choice)):
            calls = completion.choices[0].message.tool_calls or []
            assert len(calls) == count
            assert choice != named or calls[0].function.name == "clock"
    for completion in both(client, strict, **ask(tools=tools, parallel_tool_calls=False)):
        assert len(completion.choices[0].message.tool_calls) == 1


def test_arguments_are_parsed_into_their_type(client, strict):
    completion = strict(client.chat.completions.parse(**ask(tools=[WEATHER])))
    [call] = completion.choices[0].message.tool_calls
    assert isinstance(call.function.parsed_arguments, Weather)
    types, final = streamed(client, strict, **ask(tools=[WEATHER]))
    assert "tool_calls.function.arguments.delta" in types
    assert types.count("tool_calls.function.arguments.done") == 1
    [call] = final.choices[0].message.tool_calls
    assert isinstance(call.function.parsed_arguments, Weather)


def test_structured_outputs_fit_their_type(client, strict):
    completion = strict(client.chat.completions.parse(**ask(), response_format=Weather))
    assert isinstance(completion.choices[0].message.parsed, Weather)
    types, final = streamed(client, strict, **ask(), response_format=Weather)
    assert "content.delta" in types and types.count("content.done") == 1
    assert isinstance(final.choices[0].message.parsed, Weather)


def test_json_mode(client, strict):
    for completion in both(client, strict, **ask(response_format={"type": "json_object"})):
        assert isinstance(json.loads(completion.choices[0].message.content), dict)


def test_reasoning_is_counted_and_not_shown(client, strict):
    for completion in both(client, strict, **ask(reasoning_effort="low")):
        details = completion.usage.completion_tokens_details
        assert 0 < details.reasoning_tokens < completion.usage.completion_tokens
        assert completion.choices[0].message.content


def test_an_image_counts_as_input(client, strict):
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    for completion in both(client, strict, **ask([image, {"type": "text", "text": "1234"}])):
        assert completion.usage.prompt_tokens == 258 + 1 + 4


def test_stop_sequences(client, strict):
    for number in range(3):
        for completion in both(client, strict, **ask(f"Go {number}", stop=["stone", "rain"])):
            [choice] = completion.choices
            assert choice.finish_reason == "stop"
            assert not any(word in choice.message.content for word in ("stone", "rain"))


def test_max_tokens(client, strict):
    for completion in both(client, strict, **ask(max_completion_tokens=5)):
        assert completion.choices[0].finish_reason == "length"
        assert completion.usage.completion_tokens == 5


def test_a_cut_answer_is_not_parsed(client):
    request = ask(response_format=Weather, max_completion_tokens=3)
    with pytest.raises(openai.LengthFinishReasonError) as caught:
        client.chat.completions.parse(**request)
    assert caught.value.completion.usage.completion_tokens == 3


def test_several_choices_with_logprobs(client, strict):
    request = ask(n=3, logprobs=True, top_logprobs=2, max_completion_tokens=6)
    for completion in both(client, strict, **request):
        assert [choice.index for choice in completion.choices] == [0, 1, 2]
        assert completion.usage.completion_tokens == 18
        assert len({choice.message.content for choice in completion.choices}) == 3
        for choice in completion.choices:
            entries = choice.logprobs.content
            assert "".join(entry.token for entry in entries) == choice.message.content
            assert all(len(entry.top_logprobs) == 2 and entry.logprob <= 0 for entry in entries)
            assert bytes(entries[0].bytes).decode() == entries[0].token


def test_a_request_has_an_id_and_its_answer_the_envelope(client, envelope):
    raw = client.chat.completions.with_raw_response.create(**ask())
    assert envelope(raw.headers) == raw.request_id == raw.parse()._request_id


def test_a_stream_may_be_left_early(client):
    for _ in range(3):
        with client.chat.completions.create(**ask(), stream=True) as stream:
            assert next(iter(stream)).choices[0].delta.role == "assistant"
    assert client.chat.completions.create(**ask()).choices[0].finish_reason == "stop"


def test_the_asynchronous_client(replica, strict):
    async def talk():
        async with openai.AsyncOpenAI(
            api_key=replica.key, base_url=f"{replica.url}/v1", max_retries=0
        ) as client:
            request = ask(tools=[WEATHER])

            async def through_a_stream():
                async with client.chat.completions.stream(**request) as stream:
                    types = [strict(event).type async for event in stream]
                    return types, strict(await stream.get_final_completion())

            return await asyncio.gather(
                client.chat.completions.create(**request), through_a_stream()
            )

    whole, (types, final) = asyncio.run(talk())
    assert types[-1] == "tool_calls.function.arguments.done"
    for completion in (strict(whole), final):
        [call] = completion.choices[0].message.tool_calls
        Weather.model_validate_json(call.function.arguments, strict=True)
