// `@anthropic-ai/sdk` against `/v1/messages`.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import Anthropic, * as sdk from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { z } from 'zod';

import { SCHEMA, all, envelope, faulty, isWeather, replica } from './common.mjs';

const MODEL = 'claude-sonnet-4-6';
const WEATHER = { name: 'weather', description: 'Tells the weather.', input_schema: SCHEMA };
const CLOCK = { name: 'clock', input_schema: { type: 'object', properties: {} } };
const THINKING = { type: 'enabled', budget_tokens: 1024 };

function connect({ url, key }, options = {}) {
  return new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0, ...options });
}

function ask(more = {}) {
  const messages = [{ role: 'user', content: 'How many boats?' }];
  return { model: MODEL, max_tokens: 2000, messages, ...more };
}

const client = connect(replica);

/** The same request answered whole and as a stream. */
async function both(request) {
  const whole = await client.messages.create(request);
  return [whole, await client.messages.stream(request).finalMessage()];
}

suite('anthropic', () => {
  test('text', async () => {
    for (const message of await both(ask())) {
      assert.deepEqual(
        message.content.map((block) => block.type),
        ['text'],
      );
      assert.ok(message.content[0].text);
      assert.equal(message.stop_reason, 'end_turn');
      assert.equal(message.usage.input_tokens, 8);
      assert.ok(message.usage.output_tokens >= 40);
    }
  });

  test('the events of a stream come in order', async () => {
    const events = await all(await client.messages.create(ask({ stream: true })));
    const types = events.map((event) => event.type);
    assert.deepEqual(types.slice(0, 2), ['message_start', 'content_block_start']);
    assert.deepEqual(types.slice(-3), ['content_block_stop', 'message_delta', 'message_stop']);
    assert.equal(events.at(-2).usage.output_tokens, types.length - 5);
  });

  test('tools in parallel and what they gave back', async () => {
    const request = ask({ tools: [WEATHER, CLOCK] });
    for (const message of await both(request)) {
      assert.equal(message.stop_reason, 'tool_use');
      const calls = message.content.filter((block) => block.type === 'tool_use');
      assert.deepEqual(calls.map((call) => call.name).sort(), ['clock', 'weather']);
      isWeather(calls.find((call) => call.name === 'weather').input);
      const results = calls.map((call) => ({
        type: 'tool_result',
        tool_use_id: call.id,
        content: 'rain',
      }));
      const messages = [
        ...request.messages,
        { role: 'assistant', content: message.content },
        { role: 'user', content: results },
      ];
      for (const answer of await both({ ...request, messages })) {
        assert.equal(answer.stop_reason, 'end_turn');
      }
    }
  });

  test('thinking is signed and may be passed back', async () => {
    const request = ask({ thinking: THINKING, tools: [WEATHER] });
    const seen = { thinking: '', signature: '', json: '' };
    const stream = client.messages.stream(request);
    stream.on('thinking', (delta) => (seen.thinking += delta));
    stream.on('signature', (signature) => (seen.signature = signature));
    stream.on('inputJson', (delta) => (seen.json += delta));
    const message = await stream.finalMessage();
    const [thought] = message.content;
    const call = message.content.at(-1);
    assert.equal(thought.type, 'thinking');
    assert.deepEqual([thought.thinking, thought.signature], [seen.thinking, seen.signature]);
    assert.deepEqual(JSON.parse(seen.json), call.input);
    const result = { type: 'tool_result', tool_use_id: call.id, content: 'rain' };
    const messages = [
      ...request.messages,
      { role: 'assistant', content: message.content },
      { role: 'user', content: [result] },
    ];
    const answer = await client.messages.create({ ...request, messages });
    assert.deepEqual(
      answer.content.map((block) => block.type),
      ['thinking', 'text'],
    );
  });

  test('structured outputs fit their type', async () => {
    const Boat = z.object({ name: z.string(), masts: z.number().int(), crew: z.array(z.string()) });
    const request = ask({ output_config: { format: zodOutputFormat(Boat) } });
    const message = await client.messages.parse(request);
    Boat.parse(message.parsed_output);
    Boat.parse((await client.messages.stream(request).finalMessage()).parsed_output);
  });

  for (const stream of [false, true]) {
    test(`the tool runner ends its loop${stream ? ', streamed' : ''}`, async () => {
      const calls = [];
      const depth = betaZodTool({
        name: 'depth',
        description: 'How deep a harbour is.',
        inputSchema: z.object({ harbour: z.string(), metres: z.number().int() }),
        run: (input) => {
          calls.push(input);
          return '12';
        },
      });
      const runner = client.beta.messages.toolRunner({
        ...ask(),
        tools: [depth],
        stream,
        max_iterations: 4,
      });
      const turns = await all(runner);
      const finals = turns.map((turn) => (stream ? turn.finalMessage() : turn));
      const messages = await Promise.all(finals);
      assert.deepEqual(
        messages.map((message) => message.stop_reason),
        ['tool_use', 'end_turn'],
      );
      assert.equal(calls.length, 1);
      assert.equal(typeof calls[0].harbour, 'string');
    });
  }

  test('a limit, a stop sequence and an image', async () => {
    for (const message of await both(ask({ max_tokens: 5 }))) {
      assert.deepEqual([message.stop_reason, message.usage.output_tokens], ['max_tokens', 5]);
    }
    for (const message of await both(ask({ stop_sequences: ['stone'] }))) {
      assert.doesNotMatch(message.content[0].text, /stone/);
    }
    const source = { type: 'base64', media_type: 'image/png', data: 'AAAA' };
    const content = [
      { type: 'image', source },
      { type: 'text', text: '1234' },
    ];
    for (const message of await both(ask({ messages: [{ role: 'user', content }] }))) {
      assert.equal(message.usage.input_tokens, 258 + 1 + 4);
    }
  });

  test('a request has an id and its answer the envelope', async () => {
    const { data, response, request_id } = await client.messages.create(ask()).withResponse();
    assert.equal(envelope(response.headers), request_id);
    assert.equal(data._request_id, request_id);
  });

  test('a stream may be left early', async () => {
    const stream = client.messages.stream(ask());
    stream.on('text', () => stream.abort());
    await assert.rejects(stream.finalMessage(), sdk.APIUserAbortError);
    for await (const event of await client.messages.create(ask({ stream: true }))) {
      assert.equal(event.type, 'message_start');
      break;
    }
    assert.equal((await client.messages.create(ask())).stop_reason, 'end_turn');
  });

  test('every refusal has its class', async () => {
    const stranger = connect({ ...replica, key: 'sk-byts-nobody' });
    await assert.rejects(stranger.messages.create(ask()), (error) => {
      assert.ok(error instanceof sdk.AuthenticationError);
      assert.equal(error.error.error.type, 'authentication_error');
      assert.equal(error.requestID, envelope(error.headers));
      return true;
    });
    const unknown = client.messages.create(ask({ model: 'no-such-model' }));
    await assert.rejects(unknown, sdk.BadRequestError);
    const request = { model: MODEL, messages: ask().messages };
    await assert.rejects(client.messages.countTokens(request), sdk.NotFoundError);
  });

  test('every failure of the upstream has its class', async () => {
    const faults = [
      ['upstream-500', sdk.InternalServerError, 500],
      ['upstream-503', sdk.InternalServerError, 503],
      ['upstream-529', sdk.InternalServerError, 529],
      ['rate-limited', sdk.RateLimitError, 429],
    ];
    for (const [fault, kind, status] of faults) {
      await faulty([fault], async (broken) => {
        const { messages } = connect(broken);
        for (const call of [messages.create(ask()), messages.stream(ask()).finalMessage()]) {
          await assert.rejects(call, (error) => {
            assert.ok(error instanceof kind, error);
            assert.equal(error.status, status);
            return true;
          });
        }
      });
    }
  });

  test('an error in the middle of a stream is raised', async () => {
    await faulty(['error-mid-stream'], async (broken) => {
      const call = connect(broken).messages.stream(ask()).finalMessage();
      await assert.rejects(call, (error) => {
        assert.ok(error instanceof sdk.APIError);
        assert.equal(error.error.error.type, 'api_error');
        return true;
      });
    });
  });

  test('an answer that never ends is a timeout or a broken connection', async () => {
    await faulty(['stall'], async (broken) => {
      // The client's own timeout ends with the head of an answer.
      const call = connect(broken).messages.create(ask(), { signal: AbortSignal.timeout(500) });
      await assert.rejects(call, { name: 'AbortError' });
    });
    await faulty(['reset'], async (broken) => {
      await assert.rejects(connect(broken).messages.create(ask()));
      const streamed = connect(broken).messages.stream(ask()).finalMessage();
      await assert.rejects(streamed, sdk.AnthropicError);
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
        const message = await patient.messages.create(ask({ max_tokens: limit }));
        assert.equal(message.role, 'assistant');
      }
      assert.ok(sent > 3);
    });
  });
});
