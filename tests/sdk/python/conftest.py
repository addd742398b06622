"""Replicas to talk to, and how strictly an answer is read."""

import fnmatch
import json
import os
import signal
import subprocess

import pydantic
import pytest

SEED = "7"

# Told to end, the tests still end the replicas that they started.
signal.signal(signal.SIGTERM, signal.default_int_handler)


class Replica:
    """Where one listens, and what opens it."""

    def __init__(self, line):
        ready = json.loads(line)
        self.url = ready["base_url"]
        self.key = ready["key"]


@pytest.fixture(scope="session")
def replica():
    """The healthy one, which the script that runs us has started."""
    return Replica(os.environ["SPIKEPROOF_REPLICA"])


@pytest.fixture(scope="session")
def faulty():
    """Starts a replica with faults, once for each list of them, and stops all in the end."""
    running = {}

    def start(*faults):
        if faults not in running:
            flags = [flag for fault in faults for flag in ("--fault", fault)]
            command = [os.environ["SPIKEPROOF"], "replica", "--seed", SEED, *flags]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            running[faults] = process, Replica(process.stdout.readline())
        return running[faults][1]

    yield start
    for process, _ in running.values():
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


# What vendors send though their own clients do not declare it. Models are patterns.
UNDECLARED = {
    # Sent by the vendor with every response, and declared only for a request.
    ("*Response", "frequency_penalty"),
    ("*Response", "presence_penalty"),
    ("*Response", "store"),
    # Padding rides on every delta; only some of the event types declare it.
    ("Response*DeltaEvent", "obfuscation"),
    ("ChatCompletionChunk", "obfuscation"),
    # The bytes of a token, declared for a part and forgotten for the events that build it.
    ("Logprob*", "bytes"),
    # Kept by the client's own accumulator from the chunks.
    ("ParsedFunctionToolCall", "index"),
    # The gateway's catalog says more of a model than the vendor's does.
    ("Model", "family"),
    ("Model", "capabilities"),
    ("Model", "context_window"),
    ("Model", "max_output_tokens"),
    ("Model", "input_modalities"),
    ("Model", "output_modalities"),
    ("Model", "pricing_url"),
    # Declared for a whole body, forgotten for the event that ends a stream.
    ("Usage", "output_tokens_details"),
}


def is_declared(model, name):
    for pattern, undeclared in UNDECLARED:
        if name == undeclared and fnmatch.fnmatchcase(model, pattern):
            return True
    return False


def strangers(value, place=""):
    """Members that the client's types do not know, and members they require that are not there."""
    name = type(value).__name__.partition("[")[0]
    if isinstance(value, pydantic.BaseModel):
        for extra in value.model_extra or {}:
            if not is_declared(name, extra):
                yield f"{name}{place}.{extra} is not declared"
        for field, declared in type(value).model_fields.items():
            if declared.is_required() and field not in value.model_fields_set:
                yield f"{name}{place}.{field} is missing"
        for field, inner in value.__dict__.items():
            if field not in MADE:
                yield from strangers(inner, f"{place}.{field}")
        yield from wrong(value, place)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from strangers(inner, f"{place}[{index}]")


# What a client adds on its own: its state while a stream is read, and what it parsed.
MADE = {"snapshot", "parsed", "parsed_arguments", "parsed_output"}


def wrong(value, place):
    """The clients build their models without validation; this makes up for it."""
    try:
        type(value).model_validate(value.model_dump(by_alias=True, warnings=False))
    except pydantic.ValidationError as why:
        for error in why.errors():
            if MADE.isdisjoint(error["loc"]):
                yield f"{type(value).__name__}{place}: {error['loc']} {error['msg']}"


@pytest.fixture(scope="session")
def strict():
    """Passes a parsed answer through if its client would find nothing odd in it."""

    def check(value):
        assert list(strangers(value)) == []
        return value

    return check


@pytest.fixture(scope="session")
def envelope():
    """Holds headers to what the gateway sends with every answer, and returns the request's id."""

    def check(headers):
        for name in ("x-ratelimit-limit", "x-ratelimit-remaining", "x-quota-remaining-credits"):
            assert float(headers[name]) > 0, name
        assert int(headers["x-ratelimit-reset"]) > 1_700_000_000
        assert headers["x-request-id"].startswith("req_")
        return headers["x-request-id"]

    return check
