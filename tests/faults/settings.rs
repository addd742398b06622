//! The requests that the replica is asked with: every protocol, delivery and kind of answer.

use spikeproof::endpoint::ProtocolId;
use spikeproof::protocol::calls;
use spikeproof::scenario::{Environment, Scenario, Source, Template, Vocabulary};

/// Name, call, model and the rest of each.
const TEXT: &str = r#"
claude anthropic.messages claude-sonnet-4-6
claude-tools anthropic.messages claude-sonnet-4-6 tools: [weather, time]
claude-forced anthropic.messages claude-haiku-4-5 tools: [search], tool_choice: required
claude-thinking anthropic.messages claude-opus-4-8 thinking: 1024, max_tokens: 2048
claude-stop anthropic.messages claude-sonnet-4-6 stop: [END, a]
claude-short anthropic.messages claude-sonnet-4-6 max_tokens: 8, image: true, system: "Be brief."
claude-refuse anthropic.messages claude-sonnet-4-6 prompt: { text: "[[refuse]] this" }
claude-unwilling anthropic.messages claude-opus-4-5 thinking: true, prompt: { text: "[[refuse]]" }
claude-redacted anthropic.messages claude-opus-4-5 thinking: true, prompt: { text: "[[redact]]" }
claude-cache anthropic.messages claude-sonnet-4-6 prompt: { tokens: 1500 }, cache: true
claude-adaptive anthropic.messages claude-opus-4-8 tools: [weather, time], max_tokens: 4000
claude-omitted anthropic.messages claude-opus-4-8 tools: [weather]
claude-search anthropic.messages claude-sonnet-4-6 max_tokens: 4000
claude-cited anthropic.messages claude-sonnet-4-6
claude-schema anthropic.messages claude-sonnet-4-6
claude-history anthropic.messages claude-sonnet-4-6 tools: [weather]
gpt-as-claude anthropic.messages gpt-5-4 tools: [time]
gpt-as-claude-cache anthropic.messages gpt-5-4 prompt: { tokens: 1500 }, cache: true
chat openai.chat gpt-5-4
chat-tools openai.chat gpt-5-4 tools: [search, weather]
chat-forced openai.chat gpt-5-4-mini tools: [time], tool_choice: required
chat-thinking openai.chat gpt-5-5 thinking: 1024
chat-stop openai.chat gpt-5-4 stop: [END, a]
chat-two openai.chat gpt-5-4 n: 2
chat-json openai.chat gpt-5-4 json: true
chat-short openai.chat gpt-5-4 max_tokens: 8, image: true, system: "Be brief."
chat-limit openai.chat gpt-5-4 max_tokens: 500
claude-as-chat openai.chat claude-sonnet-4-6 tools: [weather]
chat-refuse openai.chat gpt-5-4 prompt: { text: "[[refuse]] this" }, n: 2
chat-refuse-logprobs openai.chat gpt-5-4 prompt: { text: "[[refuse]] this" }
chat-cache openai.chat gpt-5-4 prompt: { tokens: 1500 }
chat-logprobs openai.chat gpt-5-4
chat-schema openai.chat gpt-5-4
chat-history openai.chat gpt-5-4 tools: [weather]
chat-single openai.chat gpt-5-4 tools: [search, weather]
chat-uncounted openai.chat gpt-5-4
chat-reasoning openai.chat deepseek-v4-pro thinking: true
chat-reasoning-tools openai.chat deepseek-v4-pro thinking: true, tools: [weather]
chat-reasoning-cache openai.chat deepseek-v4-pro thinking: true, prompt: { tokens: 300 }
responses openai.responses gpt-5-5
responses-tools openai.responses gpt-5-5 tools: [time, search]
responses-forced openai.responses gpt-5-4 tools: [time], tool_choice: first
responses-thinking openai.responses gpt-5-5 thinking: 4096
responses-json openai.responses gpt-5-4 json: true
responses-short openai.responses gpt-5-4-mini max_tokens: 16, image: true, system: "Be brief."
responses-refuse openai.responses gpt-5-4 prompt: { text: "[[refuse]] this" }
responses-cache openai.responses gpt-5-5 prompt: { tokens: 1500 }
responses-encrypted openai.responses gpt-5-5 thinking: true, tools: [time]
responses-logprobs openai.responses gpt-5-4
responses-schema openai.responses gpt-5-4
responses-history openai.responses gpt-5-4 tools: [weather]
responses-cut openai.responses gpt-5-4 tools: [time], tool_choice: first, max_tokens: 16
responses-single openai.responses gpt-5-4 tools: [time], tool_choice: first
claude-as-responses openai.responses claude-sonnet-4-6 thinking: true
gemini gemini.generate gemini-3-flash
gemini-tools gemini.generate gemini-3-1-pro tools: [weather, search]
gemini-forced gemini.generate gemini-3-flash tools: [time], tool_choice: required
gemini-thinking gemini.generate gemini-3-1-pro thinking: 1024
gemini-stop gemini.generate gemini-3-flash stop: [END, a]
gemini-two gemini.generate gemini-3-flash n: 2
gemini-json gemini.generate gemini-3-flash json: true
gemini-refuse gemini.generate gemini-3-flash prompt: { text: "[[refuse]] this" }
gemini-unwilling gemini.generate gemini-3-flash thinking: true, prompt: { text: "[[refuse]]" }
gemini-blocked gemini.generate gemini-3-flash prompt: { text: "[[block]] this" }
gemini-cache gemini.generate gemini-2-5-flash prompt: { tokens: 1500 }
gemini-schema gemini.generate gemini-3-flash
gemini-enum gemini.generate gemini-3-flash
gemini-history gemini.generate gemini-3-flash tools: [weather]
gemini-limit gemini.generate gemini-3-flash max_tokens: 500
claude-as-gemini gemini.generate claude-sonnet-4-6 tools: [weather]
gemini-short gemini.generate gemini-3-flash max_tokens: 8, image: true, system: "Be brief."
"#;

/// The same, `-` where a call has no model.
const OTHERS: &str = r#"
seedream openai.images seedream-v4 size: 1024x1024, n: 2, download: true
banana openai.images nano-banana aspect_ratio: "16:9"
gpt-image openai.images gpt-image-2 quality: low, response_format: b64_json
gpt-image.sse openai.images gpt-image-2 stream: true, partial_images: 2
gpt-image-alone.sse openai.images gpt-image-2 stream: true
edit.sse openai.images gpt-image-2 edit: json, stream: true, partial_images: 3
edit-json openai.images gpt-image-2 edit: json, response_format: b64_json
edit-form openai.images gpt-image-2 edit: multipart, response_format: b64_json
clip-polled tasks.video sora-2 duration_seconds: 4, poll_every: 50ms, download: true
clip-streamed tasks.video veo-3.1-fast duration_seconds: 5, follow: stream, duplicate: same
clip.sse tasks.video sora-2 duration_seconds: 4, follow: stream
clip-cancelled tasks.video sora-2-pro duration_seconds: 8, cancel: pending, poll_every: 50ms
clip-stopped tasks.video seedance-1.5-pro duration_seconds: 6, cancel: running, poll_every: 20ms
clip-twice tasks.video seedance-fast duration_seconds: 4, duplicate: different, poll_every: 50ms
image-task tasks.image seedream-v4.5 poll_every: 50ms
videos videos.generate sora2 duration_seconds: 5, size: 1280x720, poll_every: 50ms
models models.list - capability: vision
models-all models.list -
model models.get claude-sonnet-4-6
models-available models.available -
usage-v1 usage.list - path: v1
usage-api usage.list - path: api
usage-me usage.list - path: me, group_by: model
no-key-models models.list - mistake: no-key
usage-all usage.list - path: me
usage-days usage.list - path: me, group_by: day
balance balance.get -
account account.get -
transactions transactions.list - page_size: 10
webhooks webhooks.cycle -
keys keys.cycle -
groups groups.list -
embeddings embeddings.create bge-large-zh-v1.5
bad-json anthropic.messages claude-sonnet-4-6 stream: true, mistake: malformed-json
bad-model-claude anthropic.messages claude-sonnet-4-6 stream: true, mistake: unknown-model
no-field-claude anthropic.messages claude-sonnet-4-6 mistake: missing-field
no-field-chat openai.chat gpt-5-4 mistake: missing-field
bad-model-chat openai.chat gpt-5-4 stream: true, mistake: unknown-model
no-field openai.responses gpt-5-5 mistake: missing-field
no-contents gemini.generate gemini-3-flash stream: true, mistake: missing-field
no-contents-array gemini.generate gemini-3-flash stream: array, mistake: missing-field
no-key-array gemini.generate gemini-3-flash stream: array, mistake: no-key
wrong-key anthropic.messages claude-sonnet-4-6 mistake: wrong-key
wrong-key-chat openai.chat gpt-5-4 mistake: wrong-key
no-key gemini.generate gemini-3-flash mistake: no-key
no-previous openai.responses gpt-5-5 mistake: missing-field
wrong-type anthropic.messages claude-sonnet-4-6 mistake: wrong-type
bad-heat openai.responses gpt-5-5 mistake: missing-field
too-long openai.responses gpt-5-5 mistake: context-too-long
no-route openai.chat gpt-5-4 mistake: unknown-route
refused openai.images seedream-v4 prompt: { text: "[[refuse]] this" }, expect: { status: [451] }
no-prompt openai.images seedream-v4 mistake: missing-field
no-task tasks.video sora-2 duration_seconds: 4, mistake: unknown-task
both-ids tasks.video sora-2 duration_seconds: 4, mistake: both-ids
cancel-both-ids tasks.video sora-2 duration_seconds: 4, mistake: cancel-both-ids
cancel-no-id tasks.video sora-2 duration_seconds: 4, mistake: cancel-no-id
cancel-no-task tasks.video sora-2 duration_seconds: 4, mistake: cancel-unknown-task
text-task tasks.video sora-2 duration_seconds: 4, mistake: text-model-on-tasks
"#;

struct Nothing;

impl Environment for Nothing {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }
}

/// Text requests in every delivery that their protocol has.
pub(crate) fn text() -> Vec<Template> {
    let mut requests = String::new();
    for line in TEXT.lines().filter(|line| !line.is_empty()) {
        let (name, call) = written(line);
        requests += &format!("  {name}: {{ {call} }}\n");
        requests += &format!("  {name}.sse: {{ {call}, stream: true }}\n");
        if call.contains("gemini.generate") {
            requests += &format!("  {name}.array: {{ {call}, stream: array }}\n");
        }
    }
    read(&requests)
}

/// Images, tasks, reads and refusals.
pub(crate) fn others() -> Vec<Template> {
    let lines = OTHERS.lines().filter(|line| !line.is_empty()).map(written);
    let requests = lines.map(|(name, call)| format!("  {name}: {{ {call} }}\n"));
    read(&requests.collect::<String>())
}

/// A line's name, and what stands between the braces of its request.
fn written(line: &str) -> (&str, String) {
    let mut words = line.splitn(4, ' ');
    let mut word = || words.next().unwrap_or_default();
    let (name, call, model, rest) = (word(), word(), word(), word());
    let mut written = format!("call: {call}");
    if model != "-" {
        written += &format!(", model: {model}");
    }
    if !rest.is_empty() {
        written += &format!(", {rest}");
    }
    (name, written)
}

fn read(requests: &str) -> Vec<Template> {
    let phases = "phases: [{ name: all, executor: constant-vus, vus: 1, duration: 1s }]\n";
    let text = format!("name: settings\nrequests:\n{requests}\n{phases}");
    let source = Source::new("settings", text);
    let scenario = Scenario::parse(&source, &Nothing, &Vocabulary::default());
    scenario
        .unwrap_or_else(|faults| panic!("{faults}"))
        .requests
}

/// Whose rules speak about the first answer of a call.
pub(crate) fn protocol(template: &Template) -> ProtocolId {
    let first = calls::conversation(template, 0).first();
    first.draft.asked.endpoint.protocol()
}
