// `@google/genai` against `/v1beta/models/{model}:generateContent`.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { ApiError, FinishReason, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai';

import { SCHEMA, all, envelope, faulty, isWeather, replica } from './common.mjs';

const MODEL = 'gemini-3-flash';
const WEATHER = { name: 'weather', description: 'Tells.', parametersJsonSchema: SCHEMA };
const TOOLS = [{ functionDeclarations: [WEATHER, { name: 'clock', description: 'Tells.' }] }];

function connect({ url, key }, options = {}) {
  const httpOptions = { baseUrl: url, apiVersion: 'v1beta', ...options };
  return new GoogleGenAI({ apiKey: key, httpOptions });
}

const client = connect(replica);

function ask(config = {}, contents = 'How many boats?') {
  return { model: MODEL, contents, config };
}

/** One answer from the chunks of a stream: all parts, and the last word on the rest. */
function joined(chunks) {
  const last = chunks.at(-1);
  last.candidates[0].content.parts = chunks.flatMap(
    (chunk) => chunk.candidates[0].content.parts ?? [],
  );
  return last;
}

async function both(request) {
  const whole = await client.models.generateContent(request);
  return [whole, joined(await all(await client.models.generateContentStream(request)))];
}

const said = (text, role = 'user') => ({ role, parts: [{ text }] });

suite('google', () => {
  test('text', async () => {
    for (const answer of await both(ask())) {
      assert.ok(answer.text);
      assert.equal(answer.candidates[0].finishReason, FinishReason.STOP);
      const { promptTokenCount, candidatesTokenCount, totalTokenCount } = answer.usageMetadata;
      assert.equal(promptTokenCount, 8);
      assert.equal(totalTokenCount, 8 + candidatesTokenCount);
      assert.equal(answer.modelVersion, MODEL);
    }
  });

  test('the version that the client takes by default is served too', async () => {
    const plain = new GoogleGenAI({
      apiKey: replica.key,
      httpOptions: { baseUrl: replica.url },
    });
    assert.ok((await plain.models.generateContent(ask())).text);
  });

  test('tools in parallel and what they gave back', async () => {
    const request = ask({ tools: TOOLS });
    for (const answer of await both(request)) {
      const calls = answer.functionCalls;
      assert.deepEqual(calls.map((call) => call.name).sort(), ['clock', 'weather']);
      isWeather(calls.find((call) => call.name === 'weather').args);
      const results = calls.map(({ id, name }) => ({
        functionResponse: { id, name, response: { sky: 'rain' } },
      }));
      const turns = [
        said('How many boats?'),
        answer.candidates[0].content,
        { role: 'user', parts: results },
      ];
      for (const told of await both(ask({ tools: TOOLS }, turns))) {
        assert.ok(told.text);
        assert.equal(told.functionCalls, undefined);
      }
    }
  });

  test('a forced tool', async () => {
    const functionCallingConfig = {
      mode: FunctionCallingConfigMode.ANY,
      allowedFunctionNames: ['clock'],
    };
    for (const answer of await both(ask({ tools: TOOLS, toolConfig: { functionCallingConfig } }))) {
      assert.deepEqual(
        answer.functionCalls.map((call) => call.name),
        ['clock'],
      );
    }
  });

  test('functions are called for us and the loop ends', async () => {
    const calls = [];
    const tool = {
      tool: async () => ({ functionDeclarations: [WEATHER] }),
      callTool: async (asked) => {
        calls.push(...asked);
        return asked.map(({ id, name }) => ({
          functionResponse: { id, name, response: { sky: 'rain' } },
        }));
      },
    };
    const answer = await client.models.generateContent(ask({ tools: [tool] }));
    assert.ok(answer.text);
    assert.equal(calls.length, 1);
    isWeather(calls[0].args);
  });

  test('a conversation, streamed and not, with thoughts that go back', async () => {
    const config = { thinkingConfig: { includeThoughts: true } };
    const chat = client.chats.create({ model: MODEL, config });
    const first = await chat.sendMessage({ message: 'How many boats?' });
    const parts = first.candidates[0].content.parts;
    assert.ok(parts[0].thought && parts.at(-1).thoughtSignature);
    assert.ok(first.usageMetadata.thoughtsTokenCount > 0);
    const chunks = await all(await chat.sendMessageStream({ message: 'And now?' }));
    assert.ok(chunks.some((chunk) => chunk.candidates[0].content.parts?.some((p) => p.thought)));
    assert.ok(chunks.at(-1).usageMetadata.promptTokenCount > 8 + 4);
    assert.ok(chat.getHistory().length >= 4);
  });

  test('structured outputs, an image, a limit, a stop sequence', async () => {
    const json = { responseMimeType: 'application/json', responseJsonSchema: SCHEMA };
    for (const answer of await both(ask(json))) isWeather(JSON.parse(answer.text));
    const inlineData = { mimeType: 'image/png', data: 'AAAA' };
    const parts = [{ inlineData }, { text: '1234' }];
    for (const answer of await both(ask({}, [{ role: 'user', parts }]))) {
      assert.equal(answer.usageMetadata.promptTokenCount, 258 + 1 + 4);
    }
    for (const answer of await both(ask({ maxOutputTokens: 5 }))) {
      assert.equal(answer.candidates[0].finishReason, FinishReason.MAX_TOKENS);
    }
    for (const answer of await both(ask({ stopSequences: ['stone'] }))) {
      assert.doesNotMatch(answer.text, /stone/);
    }
  });

  test('an answer has the envelope', async () => {
    const answer = await client.models.generateContent(ask());
    envelope(answer.sdkHttpResponse.headers);
  });

  test('a stream may be left early', async () => {
    for await (const chunk of await client.models.generateContentStream(ask())) {
      assert.ok(chunk.responseId);
      break;
    }
    const abortSignal = AbortSignal.timeout(20);
    await assert.rejects(client.models.generateContent(ask({ abortSignal })));
    assert.ok((await client.models.generateContent(ask())).text);
  });

  test('every failure has its class and status', async () => {
    const refused = (status) => (error) => {
      assert.ok(error instanceof ApiError, error);
      assert.equal(error.status, status);
      return true;
    };
    const calls = [
      (models, request) => models.generateContent(request),
      async (models, request) => all(await models.generateContentStream(request)),
    ];
    const stranger = connect({ ...replica, key: 'sk-byts-nobody' });
    for (const call of calls) {
      await assert.rejects(call(stranger.models, ask()), refused(401));
      const unknown = { ...ask(), model: 'no-such-model' };
      await assert.rejects(call(client.models, unknown), refused(404));
      for (const [fault, status] of [
        ['upstream-500', 500],
        ['upstream-503', 503],
        ['rate-limited', 429],
      ]) {
        await faulty([fault], (broken) =>
          assert.rejects(call(connect(broken).models, ask()), refused(status)),
        );
      }
      await faulty(['reset'], (broken) => assert.rejects(call(connect(broken).models, ask())));
    }
    const count = client.models.countTokens({ model: MODEL, contents: 'Hi' });
    await assert.rejects(count, refused(404));
  });

  test('an error in the middle of a stream is raised', async () => {
    await faulty(['error-mid-stream'], async (broken) => {
      const stream = connect(broken).models.generateContentStream(ask());
      await assert.rejects(
        stream.then((chunks) => all(chunks)),
        /the upstream failed/,
      );
    });
  });
});
