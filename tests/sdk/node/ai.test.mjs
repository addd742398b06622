// The `ai` package with its providers for OpenAI (both protocols), Anthropic and Google. It reads
// every body and every event through a schema.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import {
  APICallError,
  Output,
  generateImage,
  generateObject,
  generateText,
  isStepCount,
  streamObject,
  streamText,
  tool,
} from 'ai';
import { z } from 'zod';

import { all, envelope, faulty, isWeather, replica, size } from './common.mjs';

globalThis.AI_SDK_LOG_WARNINGS = false;

const Weather = z.object({ city: z.string(), days: z.number().int() });
const PNG = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]);

function providers({ url, key }) {
  const openai = createOpenAI({ baseURL: `${url}/v1`, apiKey: key });
  const anthropic = createAnthropic({ baseURL: `${url}/v1`, apiKey: key });
  const google = createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: key });
  const thinking = { type: 'enabled', budgetTokens: 1024 };
  return {
    openai,
    models: {
      'openai chat': {
        model: openai.chat('gpt-5-4'),
        reasoning: { openai: { reasoningEffort: 'low', forceReasoning: true } },
        isShown: false,
      },
      'openai responses': {
        model: openai.responses('gpt-5-4'),
        reasoning: {
          openai: {
            reasoningEffort: 'low',
            reasoningSummary: 'auto',
            forceReasoning: true,
            store: false,
          },
        },
        isShown: true,
      },
      anthropic: {
        model: anthropic('claude-sonnet-4-6'),
        reasoning: { anthropic: { thinking } },
        isShown: true,
      },
      google: {
        model: google('gemini-3-flash'),
        reasoning: { google: { thinkingConfig: { includeThoughts: true } } },
        isShown: true,
      },
    },
  };
}

const healthy = providers(replica);
const ask = { prompt: 'How many boats?', maxRetries: 0 };

/** What a stream comes to, in the form of an answer that came whole. */
async function streamed(request) {
  const errors = [];
  const result = streamText({ ...request, onError: ({ error }) => errors.push(error) });
  const parts = await all(result.fullStream);
  if (errors.length > 0) throw errors[0];
  return {
    parts,
    text: await result.text,
    finishReason: await result.finishReason,
    usage: await result.usage,
    toolCalls: await result.toolCalls,
    steps: await result.steps,
    reasoningText: await result.reasoningText,
    response: await result.response,
    warnings: await result.warnings,
  };
}

async function both(request) {
  return [await generateText(request), await streamed(request)];
}

for (const [name, { model, reasoning, isShown }] of Object.entries(healthy.models)) {
  suite(`ai with ${name}`, () => {
    test('text', async () => {
      for (const answer of await both({ ...ask, model })) {
        assert.ok(answer.text);
        assert.equal(answer.finishReason, 'stop');
        assert.equal(answer.usage.inputTokens, 8);
        assert.ok(answer.usage.outputTokens >= 40);
        envelope(answer.response.headers);
      }
    });

    test('the parts of a stream come in order', async () => {
      const { parts, text } = await streamed({ ...ask, model });
      const types = parts.map((part) => part.type);
      assert.equal(types[0], 'start');
      assert.equal(types.at(-1), 'finish');
      assert.ok(types.indexOf('text-start') < types.indexOf('text-delta'));
      assert.ok(types.lastIndexOf('text-delta') < types.indexOf('text-end'));
      const deltas = parts.filter((part) => part.type === 'text-delta');
      assert.equal(deltas.map((part) => part.text).join(''), text);
    });

    test('the loop of tools ends', async () => {
      const calls = [];
      const weather = tool({
        description: 'Tells the weather.',
        inputSchema: Weather,
        execute: async (input) => {
          calls.push(input);
          return 'rain';
        },
      });
      const request = { ...ask, model, tools: { weather }, stopWhen: isStepCount(4) };
      for (const answer of await both(request)) {
        assert.deepEqual(
          answer.steps.map((step) => step.finishReason),
          ['tool-calls', 'stop'],
        );
        assert.ok(answer.text);
      }
      assert.equal(calls.length, 2);
      calls.forEach(isWeather);
    });

    test('reasoning goes back with the results of tools', async () => {
      const weather = tool({ inputSchema: Weather, execute: async () => 'rain' });
      const request = {
        ...ask,
        model,
        tools: { weather },
        stopWhen: isStepCount(3),
        providerOptions: reasoning,
      };
      for (const answer of await both(request)) {
        assert.equal(answer.steps.length, 2);
        assert.equal(Boolean(answer.steps[0].reasoningText), isShown);
        assert.ok(answer.text);
        assert.ok(answer.usage.outputTokenDetails.reasoningTokens > 0);
      }
    });

    test('objects fit their schema', async () => {
      const request = { ...ask, model, schema: Weather };
      isWeather((await generateObject(request)).object);
      const result = streamObject(request);
      await all(result.partialObjectStream);
      isWeather(await result.object);
      const output = Output.object({ schema: Weather });
      isWeather((await generateText({ ...ask, model, output })).output);
    });

    test('a limit and an image', async () => {
      for (const answer of await both({ ...ask, model, maxOutputTokens: 16 })) {
        assert.equal(answer.finishReason, 'length');
        assert.equal(answer.usage.outputTokens, 16);
      }
      const content = [
        { type: 'file', data: PNG, mediaType: 'image/png' },
        { type: 'text', text: '1234' },
      ];
      const request = { model, maxRetries: 0, messages: [{ role: 'user', content }] };
      for (const answer of await both(request)) {
        assert.ok(answer.usage.inputTokens >= 258 + 1 + 4);
      }
    });

    test('every failure is told with its status', async () => {
      const refused = (status) => (error) => {
        assert.ok(APICallError.isInstance(error), error);
        assert.equal(error.statusCode, status);
        return true;
      };
      const calls = [generateText, streamed];
      const stranger = providers({ ...replica, key: 'sk-byts-nobody' }).models[name];
      for (const call of calls) {
        await assert.rejects(call({ ...ask, model: stranger.model }), refused(401));
      }
      for (const [fault, status] of [
        ['upstream-503', 503],
        ['rate-limited', 429],
      ]) {
        await faulty([fault], async (replica) => {
          const broken = providers(replica).models[name];
          for (const call of calls) {
            await assert.rejects(call({ ...ask, model: broken.model }), refused(status));
          }
        });
      }
    });

    test('an error in the middle of a stream is raised', async () => {
      await faulty(['error-mid-stream'], async (replica) => {
        const broken = providers(replica).models[name];
        await assert.rejects(streamed({ ...ask, model: broken.model }));
      });
    });
  });
}

suite('ai with pictures', () => {
  test('pictures of both kinds of models', async () => {
    for (const name of ['gpt-image-2', 'nano-banana']) {
      const model = healthy.openai.image(name);
      const made = await generateImage({ model, prompt: 'a kite', size: '1024x1536' });
      assert.deepEqual(size(Buffer.from(made.image.uint8Array)), [1024, 1536], name);
    }
  });
});
