// `openai` against `/v1/chat/completions`, `/v1/responses`, `/v1/images` and `/v1/models`.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import OpenAI, * as sdk from 'openai';
import { zodFunction, zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';

import { SCHEMA, all, envelope, faulty, isWeather, replica, size } from './common.mjs';

const MODEL = 'gpt-5-4';
const PICTURE = 'gpt-image-2';
const Weather = z.object({ city: z.string(), days: z.number().int() });
const WEATHER = { name: 'weather', parameters: SCHEMA, strict: true };
const CLOCK = { name: 'clock', parameters: { type: 'object', properties: {} } };
const CHAT_TOOLS = [WEATHER, CLOCK].map((tool) => ({ type: 'function', function: tool }));
const TOOLS = [WEATHER, CLOCK].map((tool) => ({ type: 'function', ...tool }));

function connect({ url, key }, options = {}) {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, ...options });
}

const client = connect(replica);

function chat(more = {}) {
  return { model: MODEL, messages: [{ role: 'user', content: 'How many boats?' }], ...more };
}

function ask(more = {}) {
  return { model: MODEL, input: 'How many boats?', ...more };
}

async function bothChats(request) {
  const whole = await client.chat.completions.create(request);
  const options = { include_usage: true };
  const stream = client.chat.completions.stream({ ...request, stream_options: options });
  return [whole, await stream.finalChatCompletion()];
}

async function both(request) {
  const whole = await client.responses.create(request);
  return [whole, await client.responses.stream(request).finalResponse()];
}

suite('openai chat', () => {
  test('text', async () => {
    for (const completion of await bothChats(chat())) {
      const [choice] = completion.choices;
      assert.ok(choice.message.content);
      assert.equal(choice.finish_reason, 'stop');
      assert.equal(completion.usage.prompt_tokens, 8);
      assert.equal(completion.usage.total_tokens, 8 + completion.usage.completion_tokens);
    }
  });

  test('tools in parallel and what they gave back', async () => {
    const request = chat({ tools: CHAT_TOOLS });
    for (const completion of await bothChats(request)) {
      const [choice] = completion.choices;
      assert.equal(choice.finish_reason, 'tool_calls');
      const calls = choice.message.tool_calls;
      assert.deepEqual(calls.map((call) => call.function.name).sort(), ['clock', 'weather']);
      const call = calls.find((call) => call.function.name === 'weather');
      isWeather(JSON.parse(call.function.arguments));
      const results = calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'rain' }));
      const messages = [...request.messages, choice.message, ...results];
      for (const answer of await bothChats({ ...request, messages })) {
        assert.equal(answer.choices[0].finish_reason, 'stop');
      }
    }
  });

  for (const stream of [false, true]) {
    test(`the tool runner ends its loop${stream ? ', streamed' : ''}`, async () => {
      const calls = [];
      const tool = zodFunction({
        name: 'weather',
        parameters: Weather,
        function: (input) => {
          calls.push(input);
          return 'rain';
        },
      });
      const request = chat({ tools: [tool], stream });
      const runner = client.chat.completions.runTools(request, { maxChatCompletions: 4 });
      assert.ok(await runner.finalContent());
      assert.equal(calls.length, 1);
      isWeather(calls[0]);
    });
  }

  test('structured outputs fit their type', async () => {
    const request = chat({ response_format: zodResponseFormat(Weather, 'weather') });
    const completion = await client.chat.completions.parse(request);
    isWeather(completion.choices[0].message.parsed);
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    isWeather(streamed.choices[0].message.parsed);
  });

  test('several choices with logprobs', async () => {
    const request = chat({ n: 2, logprobs: true, top_logprobs: 2, max_completion_tokens: 6 });
    const chunks = await all(await client.chat.completions.create({ ...request, stream: true }));
    const texts = ['', ''];
    for (const { choices } of chunks) {
      for (const choice of choices) texts[choice.index] += choice.delta.content ?? '';
    }
    assert.ok(texts[0] && texts[1] && texts[0] !== texts[1]);
    for (const choice of (await client.chat.completions.create(request)).choices) {
      assert.equal(choice.finish_reason, 'length');
      const tokens = choice.logprobs.content.map((entry) => entry.token);
      assert.equal(tokens.join(''), choice.message.content);
    }
  });

  test('reasoning is counted and an image too', async () => {
    for (const completion of await bothChats(chat({ reasoning_effort: 'low' }))) {
      assert.ok(completion.usage.completion_tokens_details.reasoning_tokens > 0);
    }
    const content = [
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      { type: 'text', text: '1234' },
    ];
    for (const completion of await bothChats(chat({ messages: [{ role: 'user', content }] }))) {
      assert.equal(completion.usage.prompt_tokens, 258 + 1 + 4);
    }
  });
});

suite('openai responses', () => {
  test('text', async () => {
    for (const response of await both(ask())) {
      assert.equal(response.status, 'completed');
      assert.ok(response.output_text);
      assert.equal(response.usage.input_tokens, 8);
    }
  });

  test('the events of a stream come in order and numbered', async () => {
    const events = await all(await client.responses.create(ask({ stream: true })));
    assert.deepEqual(
      events.map((event) => event.sequence_number),
      events.map((_, index) => index),
    );
    assert.equal(events[0].type, 'response.created');
    assert.equal(events.at(-1).type, 'response.completed');
  });

  test('tools in parallel and what they gave back', async () => {
    const request = ask({ tools: TOOLS, reasoning: { effort: 'low', summary: 'auto' } });
    for (const response of await both(request)) {
      const calls = response.output.filter((item) => item.type === 'function_call');
      assert.deepEqual(calls.map((call) => call.name).sort(), ['clock', 'weather']);
      isWeather(JSON.parse(calls.find((call) => call.name === 'weather').arguments));
      const results = calls.map(({ call_id }) => ({
        type: 'function_call_output',
        call_id,
        output: 'rain',
      }));
      const said = response.output.map(({ parsed_arguments, ...item }) => item);
      const input = [{ role: 'user', content: request.input }, ...said, ...results];
      for (const answer of await both({ ...request, input })) {
        assert.deepEqual(
          answer.output.map((item) => item.type),
          ['reasoning', 'message'],
        );
      }
    }
  });

  test('structured outputs fit their type', async () => {
    const request = ask({ text: { format: zodTextFormat(Weather, 'weather') } });
    isWeather((await client.responses.parse(request)).output_parsed);
    isWeather((await client.responses.stream(request).finalResponse()).output_parsed);
  });

  test('a limit makes a response incomplete', async () => {
    for (const response of await both(ask({ max_output_tokens: 16 }))) {
      assert.equal(response.status, 'incomplete');
      assert.equal(response.incomplete_details.reason, 'max_output_tokens');
    }
  });
});

suite('openai images and models', () => {
  test('pictures in the answer, to fetch, and as drafts', async () => {
    const made = await client.images.generate({ model: PICTURE, prompt: 'a kite' });
    const photograph = Buffer.from(made.data[0].b64_json, 'base64');
    assert.deepEqual(size(photograph), [1024, 1024]);
    const kept = await client.images.generate({ model: 'nano-banana', prompt: 'a kite' });
    const fetched = await fetch(kept.data[0].url);
    assert.deepEqual(size(Buffer.from(await fetched.arrayBuffer())), [1024, 1024]);
    const request = { model: PICTURE, prompt: 'a kite', stream: true, partial_images: 2 };
    const events = await all(await client.images.generate(request));
    assert.deepEqual(
      events.map((event) => event.type.split('.')[1]),
      ['partial_image', 'partial_image', 'completed'],
    );
    const image = await sdk.toFile(photograph, 'kite.png', { type: 'image/png' });
    const edited = await client.images.edit({
      model: PICTURE,
      prompt: 'a kite',
      image: [image, image],
    });
    assert.equal(edited.usage.input_tokens_details.image_tokens, 2 * 194);
  });

  test('models', async () => {
    const models = await all(client.models.list());
    assert.ok(models.some((model) => model.id === MODEL));
    assert.equal((await client.models.retrieve(MODEL)).owned_by, 'openai');
    await assert.rejects(client.models.retrieve('gpt-0'), sdk.NotFoundError);
  });
});

suite('openai failures', () => {
  const calls = {
    chat: (client) => client.chat.completions.create(chat()),
    'chat, streamed': (client) => client.chat.completions.stream(chat()).finalChatCompletion(),
    responses: (client) => client.responses.create(ask()),
    'responses, streamed': (client) => client.responses.stream(ask()).finalResponse(),
    images: (client) => client.images.generate({ model: PICTURE, prompt: 'a kite' }),
  };

  test('a request has an id and its answer the envelope', async () => {
    const { data, response, request_id } = await client.responses.create(ask()).withResponse();
    assert.equal(envelope(response.headers), request_id);
    assert.equal(data._request_id, request_id);
  });

  test('a stream may be left early', async () => {
    for await (const event of await client.responses.create(ask({ stream: true }))) {
      assert.equal(event.type, 'response.created');
      break;
    }
    const stream = client.chat.completions.stream(chat());
    stream.on('content', () => stream.abort());
    await assert.rejects(stream.finalChatCompletion(), sdk.APIUserAbortError);
    assert.equal((await client.responses.create(ask())).status, 'completed');
  });

  for (const [name, call] of Object.entries(calls)) {
    test(`every failure has its class: ${name}`, async () => {
      const stranger = connect({ ...replica, key: 'sk-byts-nobody' });
      await assert.rejects(call(stranger), (error) => {
        assert.ok(error instanceof sdk.AuthenticationError, error);
        assert.equal(error.code, 'invalid_api_key');
        assert.equal(error.requestID, envelope(error.headers));
        return true;
      });
      const faults = [
        ['upstream-500', sdk.InternalServerError, 500],
        ['upstream-503', sdk.InternalServerError, 503],
        ['rate-limited', sdk.RateLimitError, 429],
      ];
      for (const [fault, kind, status] of faults) {
        await faulty([fault], (broken) =>
          assert.rejects(call(connect(broken)), (error) => {
            assert.ok(error instanceof kind, error);
            assert.equal(error.status, status);
            return true;
          }),
        );
      }
      await faulty(['reset'], (broken) => assert.rejects(call(connect(broken))));
    });
  }

  for (const name of ['chat, streamed', 'responses, streamed']) {
    test(`an error in the middle of a stream is raised: ${name}`, async () => {
      await faulty(['error-mid-stream'], (broken) =>
        assert.rejects(calls[name](connect(broken)), (error) => {
          assert.ok(error instanceof sdk.APIError, error);
          assert.match(error.message, /the upstream failed/);
          return true;
        }),
      );
    });
  }

  test('an answer that stalls is a timeout', async () => {
    await faulty(['stall'], async (broken) => {
      const hasty = connect(broken, { timeout: 500 });
      await assert.rejects(calls.responses(hasty), sdk.APIConnectionTimeoutError);
    });
  });

  test('a retry succeeds', async () => {
    await faulty(['upstream-503=0.5'], async (broken) => {
      let sent = 0;
      const counted = (url, init) => {
        sent += 1;
        return fetch(url, init);
      };
      const patient = connect(broken, { maxRetries: 6, fetch: counted });
      for (const limit of [200, 201, 202]) {
        const request = chat({ max_completion_tokens: limit });
        assert.equal((await patient.chat.completions.create(request)).choices.length, 1);
      }
      assert.ok(sent > 3);
    });
  });
});
