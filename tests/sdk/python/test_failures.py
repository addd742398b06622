"""Every way to fail, and the exception that each client makes of it."""

import asyncio
import json
import urllib.request

import anthropic
import httpx2
import openai
import pytest
from google import genai
from google.genai import errors, types

CLAUDE, GPT, GEMINI, PICTURE = "claude-sonnet-4-6", "gpt-5-4", "gemini-3-flash", "gpt-image-2"
HELLO = [{"role": "user", "content": "Hello"}]


class Clients:
    """The three clients of one replica, each with a call that is answered whole and a stream."""

    def __init__(self, replica, key=None, retries=0, timeout=20.0):
        key = key or replica.key
        options = {"api_key": key, "max_retries": retries, "timeout": timeout}
        self.anthropic = anthropic.Anthropic(base_url=replica.url, **options)
        self.openai = openai.OpenAI(base_url=f"{replica.url}/v1", **options)
        retry = types.HttpRetryOptions(attempts=retries + 1, initial_delay=0.05, max_delay=0.1)
        http = types.HttpOptions(
            base_url=replica.url,
            api_version="v1beta",
            timeout=int(timeout * 1000),
            retry_options=retry if retries else None,
        )
        self.google = genai.Client(api_key=key, http_options=http)

    def messages(self, model=CLAUDE, **more):
        request = {"model": model, "max_tokens": 100, "messages": HELLO, **more}
        return self.anthropic.messages.create(**request)

    def messages_stream(self):
        request = {"model": CLAUDE, "max_tokens": 100, "messages": HELLO}
        with self.anthropic.messages.stream(**request) as stream:
            return stream.get_final_message()

    def chat(self, model=GPT, **more):
        return self.openai.chat.completions.create(model=model, messages=HELLO, **more)

    def chat_stream(self):
        return list(self.chat(stream=True))

    def responses(self, model=GPT, **more):
        return self.openai.responses.create(model=model, input="Hello", **more)

    def responses_stream(self):
        return list(self.responses(stream=True))

    def generate(self, model=GEMINI):
        return self.google.models.generate_content(model=model, contents="Hello")

    def generate_stream(self):
        return list(
            self.google.models.generate_content_stream(model=GEMINI, contents="Hello")
        )

    def images(self, prompt="a kite", **more):
        return self.openai.images.generate(model=PICTURE, prompt=prompt, **more)

    def images_stream(self):
        return list(self.images(stream=True, partial_images=2))


WHOLE = ["messages", "chat", "responses", "generate", "images"]
STREAMS = ["messages_stream", "chat_stream", "responses_stream", "generate_stream", "images_stream"]


@pytest.fixture(scope="module")
def clients(replica):
    return Clients(replica)


def other_key(replica, **settings):
    """The secret of a new key with those limits."""
    request = urllib.request.Request(
        f"{replica.url}/api/v1/keys",
        json.dumps({"name": "other", "group_id": 3, **settings}).encode(),
        {"authorization": f"Bearer {replica.key}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["key"]


def failure(call, status, *, of_anthropic, of_openai, of_google=errors.ClientError):
    """Lets the call fail, and holds its exception to the class that the client has for it."""
    expected = {"Anthropic": of_anthropic, "OpenAI": of_openai, "Client": of_google}
    with pytest.raises(Exception) as caught:
        call()
    error = caught.value
    owner = {"anthropic": "Anthropic", "openai": "OpenAI"}.get(type(error).__module__, "Client")
    assert type(error) is expected[owner], error
    assert (error.code if owner == "Client" else error.status_code) == status
    assert error.message
    return error


@pytest.mark.parametrize("name", WHOLE + STREAMS)
def test_an_unknown_key(replica, envelope, name):
    call = getattr(Clients(replica, key="sk-byts-nobody"), name)
    error = failure(
        call,
        401,
        of_anthropic=anthropic.AuthenticationError,
        of_openai=openai.AuthenticationError,
    )
    headers = {name.lower(): text for name, text in error.response.headers.items()}
    request_id = envelope(headers)
    if isinstance(error, anthropic.APIStatusError):
        assert (error.type, error.api_message) == ("authentication_error", "invalid x-api-key")
        assert error.request_id == request_id
    elif isinstance(error, openai.APIStatusError):
        assert error.code == "invalid_api_key" and error.request_id == request_id
    else:
        assert error.status == "UNAUTHENTICATED"


@pytest.mark.parametrize("name", ["messages", "chat", "responses", "generate"])
def test_an_unknown_model(clients, name):
    call = getattr(clients, name)
    error = failure(
        lambda: call(model="no-such-model"),
        404 if name == "generate" else 400,
        of_anthropic=anthropic.BadRequestError,
        of_openai=openai.BadRequestError,
    )
    if isinstance(error, anthropic.APIStatusError):
        assert error.type == "not_found_error"
    elif isinstance(error, openai.APIStatusError):
        assert (error.code, error.param) == ("model_not_found", "model")


def test_a_parameter_out_of_range(clients):
    with pytest.raises(anthropic.BadRequestError, match="temperature"):
        clients.messages(extra_body={"temperature": 3})
    with pytest.raises(openai.BadRequestError) as caught:
        clients.chat(temperature=9)
    assert (caught.value.param, caught.value.type) == ("temperature", "invalid_request_error")
    with pytest.raises(openai.BadRequestError) as caught:
        clients.responses(max_output_tokens=1)
    assert caught.value.param == "max_output_tokens"


def test_a_model_outside_the_group_of_the_key(replica):
    clients = Clients(replica, key=other_key(replica, group_id=2))
    refused = {
        "of_anthropic": anthropic.PermissionDeniedError,
        "of_openai": openai.PermissionDeniedError,
    }
    for call in (clients.messages, clients.chat, clients.responses, clients.images):
        failure(call, 403, **refused)
    assert clients.generate().text
    clients = Clients(replica, key=other_key(replica, group_id=1))
    assert failure(clients.generate, 403, **refused).status == "PERMISSION_DENIED"


def test_a_quota_that_is_used_up(replica):
    clients = Clients(replica, key=other_key(replica, quota=0.0001))
    # The call that uses it up is still served.
    assert clients.chat().choices
    for name in WHOLE:
        failure(
            getattr(clients, name),
            402,
            of_anthropic=anthropic.PaymentRequiredError,
            of_openai=openai.APIStatusError,
        )


def test_a_bucket_that_is_used_up(replica):
    clients = Clients(replica, key=other_key(replica, rate_limit_5h=0.0001))
    assert clients.chat().choices
    for name in WHOLE:
        error = failure(
            getattr(clients, name),
            429,
            of_anthropic=anthropic.RateLimitError,
            of_openai=openai.RateLimitError,
        )
        headers = {name.lower(): text for name, text in error.response.headers.items()}
        assert float(headers["x-ratelimit-remaining"]) == 0
        assert int(headers["x-ratelimit-reset"]) > 1_700_000_000
        assert "rate_limit_5h exceeded" in error.message


def test_routes_that_the_gateway_does_not_have(clients):
    with pytest.raises(anthropic.NotFoundError) as caught:
        clients.anthropic.messages.count_tokens(model=CLAUDE, messages=HELLO)
    assert caught.value.type == "not_found_error"
    with pytest.raises(openai.NotFoundError):
        clients.openai.audio.speech.create(model=GPT, voice="alloy", input="Hello")
    with pytest.raises(errors.ClientError) as caught:
        clients.google.models.count_tokens(model=GEMINI, contents="Hello")
    assert (caught.value.code, caught.value.status) == (404, "NOT_FOUND")


def test_what_is_too_large(clients):
    large = "x" * (33 << 20)
    with pytest.raises(anthropic.ContentTooLargeError) as caught:
        clients.messages(system=large)
    assert caught.value.type == "request_too_large"
    with pytest.raises(openai.APIStatusError) as caught:
        clients.responses(instructions=large)
    assert (caught.value.status_code, caught.value.code) == (413, "request_too_large")
    with pytest.raises(openai.APIStatusError) as caught:
        clients.images("x" * 33_000)
    assert caught.value.status_code == 413


def test_a_picture_that_is_refused(clients):
    with pytest.raises(openai.APIStatusError) as caught:
        clients.images("[[refuse]]")
    assert (caught.value.status_code, caught.value.code) == (451, "content_policy_violation")


@pytest.mark.parametrize("name", WHOLE + STREAMS)
@pytest.mark.parametrize(
    "status, of_anthropic",
    [
        (500, anthropic.InternalServerError),
        (502, anthropic.InternalServerError),
        (503, anthropic.ServiceUnavailableError),
        (504, anthropic.GatewayTimeoutError),
        (529, anthropic.OverloadedError),
    ],
)
def test_an_upstream_that_fails(faulty, status, of_anthropic, name):
    clients = Clients(faulty(f"upstream-{status}"))
    failure(
        getattr(clients, name),
        status,
        of_anthropic=of_anthropic,
        of_openai=openai.InternalServerError,
        of_google=errors.ServerError,
    )


@pytest.mark.parametrize("name", WHOLE + STREAMS)
@pytest.mark.parametrize("fault", ["rate-limited", "concurrency-limited"])
def test_a_limit_of_the_gateway(faulty, fault, name):
    error = failure(
        getattr(Clients(faulty(fault)), name),
        429,
        of_anthropic=anthropic.RateLimitError,
        of_openai=openai.RateLimitError,
    )
    if isinstance(error, openai.RateLimitError):
        assert (error.code == "concurrency_limit") == (fault == "concurrency-limited")


def test_a_retry_succeeds(faulty):
    """Half of all requests fail; the same one, sent again, may not."""
    replica = faulty("upstream-503=0.5")
    patient = Clients(replica, retries=6)
    sends = [
        lambda number: patient.anthropic.messages.with_raw_response.create(
            model=CLAUDE, max_tokens=number, messages=HELLO
        ),
        lambda number: patient.openai.chat.completions.with_raw_response.create(
            model=GPT, max_completion_tokens=number, messages=HELLO
        ),
        lambda number: patient.openai.responses.with_raw_response.create(
            model=GPT, max_output_tokens=number, input="Hello"
        ),
    ]
    for send in sends:
        assert any(send(number).retries_taken for number in range(200, 216))
    for _ in range(4):
        assert patient.generate().text


@pytest.mark.parametrize(
    "name, expected",
    [
        ("messages_stream", anthropic.APIStatusError),
        ("chat_stream", openai.APIError),
        ("responses_stream", openai.APIError),
        ("generate_stream", errors.ServerError),
        ("images_stream", openai.APIError),
    ],
)
def test_an_error_in_the_middle_of_a_stream(faulty, name, expected):
    with pytest.raises(expected, match="the upstream failed") as caught:
        getattr(Clients(faulty("error-mid-stream")), name)()
    error = caught.value
    if isinstance(error, anthropic.APIStatusError):
        assert error.type == "api_error"
    elif isinstance(error, openai.APIError):
        assert error.type == "server_error"
    else:
        assert (error.code, error.status) == (500, "INTERNAL")


# Some clients wrap what the transport says, others let it through.
TRANSPORT = {
    "anthropic": (anthropic.APITimeoutError, anthropic.APIConnectionError),
    "openai": (openai.APITimeoutError, openai.APIConnectionError),
    "httpx2": (httpx2.ReadTimeout, httpx2.ReadError),
}


@pytest.mark.parametrize("name", WHOLE + STREAMS)
@pytest.mark.parametrize("fault", ["stall", "reset"])
def test_an_answer_that_never_ends(faulty, fault, name):
    clients = Clients(faulty(fault), timeout=0.5)
    with pytest.raises(Exception) as caught:
        getattr(clients, name)()
    owner = type(caught.value).__module__.partition(".")[0]
    timeout, broken = TRANSPORT[owner]
    assert type(caught.value) is (timeout if fault == "stall" else broken)


def test_the_asynchronous_clients_raise_the_same(faulty):
    replica = faulty("error-mid-stream")
    limited = faulty("rate-limited")

    async def messages():
        async with anthropic.AsyncAnthropic(api_key=replica.key, base_url=replica.url) as client:
            request = {"model": CLAUDE, "max_tokens": 100, "messages": HELLO}
            async with client.messages.stream(**request) as stream:
                await stream.get_final_message()

    async def responses():
        url = f"{replica.url}/v1"
        async with openai.AsyncOpenAI(api_key=replica.key, base_url=url) as client:
            async for _ in await client.responses.create(model=GPT, input="Hello", stream=True):
                pass

    async def generate():
        models = Clients(replica).google.aio.models
        async for _ in await models.generate_content_stream(model=GEMINI, contents="Hello"):
            pass

    async def chat():
        url = f"{limited.url}/v1"
        async with openai.AsyncOpenAI(
            api_key=limited.key, base_url=url, max_retries=0
        ) as client:
            await client.chat.completions.create(model=GPT, messages=HELLO)

    for call, expected in [
        (messages, anthropic.APIStatusError),
        (responses, openai.APIError),
        (generate, errors.ServerError),
        (chat, openai.RateLimitError),
    ]:
        with pytest.raises(expected):
            asyncio.run(call())
