//! What checking a stream costs, beside reading and parsing its events alone.
//!
//! `cargo bench --bench checking [-- ROUNDS [PROTOCOL]]`. For each protocol the replica makes
//! streams: a long plain text, as most are, and a handful of others (tools, thinking); and a body, a
//! short answer that is not streamed, of which each is read as a whole. Then three
//! readers take the same bytes in turns, round after round: the first cuts events and parses each
//! with `serde_json::Value`, the second is the judge with the whole catalogue when it reads every
//! event, the third is the judge as it is, which knows events at sight that repeat the one before.
//! All get a stream in one piece, then again one event at a time. The figures are CPU time of this
//! thread, so that other work on the machine disturbs them little; what counts are the ratios
//! within a round, of which the medians are printed with their quartiles. With `--only=parse`,
//! `--only=read-all` or `--only=judge` that reader reads every stream and nothing is measured, with
//! `--only=none` nobody does: for tools that count instructions. `--gate` ends with an error where a
//! ratio is above its limit.

#[path = "../src/judge/memory/streamed.rs"]
mod streamed;

use std::hint::black_box;
use std::io::Write;
use std::sync::Arc;

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use spikeproof::endpoint::Endpoint;
use spikeproof::judge::{Basis, Judge};
use spikeproof::protocol::{self, Asked, BodyEnd, Delivery, Head};
use spikeproof::wire::sse;
use spikeproof_mock::Config;

use self::streamed::{Streamed, streamed};

/// One recorded answer with its request.
struct Stream {
    asked: Arc<Asked>,
    head: Head,
    frames: Vec<Vec<u8>>,
    whole: Vec<u8>,
}

struct Case {
    name: &'static str,
    streams: Vec<Stream>,
}

/// How often each stream is read in a round, and each body.
const REPEATS: u32 = 40;
const REPEATS_OF_BODIES: u32 = 2000;

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'));
    let rounds = arguments
        .next()
        .and_then(|word| word.parse().ok())
        .unwrap_or(31);
    let wanted = arguments.next().unwrap_or_default();
    if let Some(reader) = std::env::args().find_map(|word| only(&word)) {
        let cases = cases().into_iter();
        for case in cases.filter(|case| case.name.contains(&wanted)) {
            run(&case, false, reader);
        }
        return;
    }
    let mut out = std::io::stdout().lock();
    let mut is_held = true;
    for case in cases()
        .into_iter()
        .filter(|case| case.name.contains(&wanted))
    {
        let is_body = case.name.ends_with(" body");
        for one_by_one in [false, true].into_iter().take(if is_body { 1 } else { 2 }) {
            let (line, ratios) = measured(&case, one_by_one, rounds);
            writeln!(out, "{line}").expect("stdout takes a line");
            let is_text = case.name.ends_with(" text");
            let most = if is_body { MOST_OF_BODY } else { MOST_FULL };
            is_held &= ratios.full <= most && (!is_text || ratios.saved <= MOST_OF_FULL);
        }
    }
    if std::env::args().any(|word| word == "--gate") {
        assert!(
            is_held,
            "expected reading all at most {MOST_FULL} times parsing, and judging text at most \
             {MOST_OF_FULL} of reading all"
        );
    }
}

/// Limits of `--gate`, in CPU time on machines that do other things as well: judging each event in
/// full beside parsing it, and judging text beside that.
const MOST_FULL: f64 = 2.0;
const MOST_OF_FULL: f64 = 0.45;
/// The same of a small body, where what is done once an answer weighs more.
const MOST_OF_BODY: f64 = 4.5;

/// Medians of the ratios of one case.
struct Ratios {
    full: f64,
    saved: f64,
}

/// Of `--only=NAME`: one reader at work and no clock, for tools that count instructions.
fn only(word: &str) -> Option<Reader> {
    match word.strip_prefix("--only=")? {
        "none" => Some(|_, _| {}),
        "parse" => Some(parse),
        "read-all" => Some(judge_all),
        "judge" => Some(judge),
        other => panic!("expected `none`, `parse`, `read-all` or `judge`, found `{other}`"),
    }
}

/// Who reads the streams.
const READERS: [Reader; 3] = [parse, judge_all, judge];

type Reader = fn(&Stream, &[Vec<u8>]);

fn measured(case: &Case, one_by_one: bool, rounds: usize) -> (String, Ratios) {
    let events: usize = case.streams.iter().map(|stream| stream.frames.len()).sum();
    let bytes: usize = case.streams.iter().map(|stream| stream.whole.len()).sum();
    // Of each round: judging, with each event read and as it is, in times of parsing.
    let mut times = [const { Vec::new() }; 3];
    let (mut full, mut known, mut saved) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let [parsing, reading, judging] =
            READERS.map(|reader| timed(|| run(case, one_by_one, reader)));
        full.push(reading / parsing);
        known.push(judging / parsing);
        saved.push(judging / reading);
        for (times, time) in times.iter_mut().zip([parsing, reading, judging]) {
            times.push(time);
        }
    }
    let rates = times.map(|mut times| {
        let scale = f64::from(repeats(case)) / quartile(&mut times, 2);
        let (events, bytes) = (scale * events as f64, scale * bytes as f64 / 1e6);
        format!("{events:>8.0} events/s {bytes:>6.1} MB/s")
    });
    let ratio = |values: &mut [f64]| {
        let middle = quartile(values, 2);
        let (low, high) = (quartile(values, 1), quartile(values, 3));
        format!("{middle:.2} ({low:.2} to {high:.2})")
    };
    let line = format!(
        "{:<24} {:<12} {events:>4} events | parse {} | read all {} | judge {} | \
         read all/parse {} | judge/parse {} | judge/read all {}",
        case.name,
        if one_by_one {
            "event a read"
        } else {
            "one read"
        },
        rates[0],
        rates[1],
        rates[2],
        ratio(&mut full),
        ratio(&mut known),
        ratio(&mut saved),
    );
    let ratios = Ratios {
        full: quartile(&mut full, 2),
        saved: quartile(&mut saved, 2),
    };
    (line, ratios)
}

/// The value below which that many quarters lie.
fn quartile(values: &mut [f64], quarters: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() * quarters / 4]
}

/// CPU seconds of this thread.
fn timed(work: impl FnOnce()) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    };
    let start = now();
    work();
    now() - start
}

fn repeats(case: &Case) -> u32 {
    let is_body = case.name.ends_with(" body");
    if is_body { REPEATS_OF_BODIES } else { REPEATS }
}

fn run(case: &Case, one_by_one: bool, reader: Reader) {
    for stream in &case.streams {
        let whole = std::slice::from_ref(&stream.whole);
        for _ in 0..repeats(case) {
            reader(stream, if one_by_one { &stream.frames } else { whole });
        }
    }
}

/// Events cut and parsed, nothing more.
fn parse(stream: &Stream, pieces: &[Vec<u8>]) {
    if stream.asked.delivery == Delivery::Unary {
        let body = pieces.concat();
        black_box(serde_json::from_slice::<Value>(&body).ok());
        return;
    }
    let mut reader = sse::Reader::new();
    let mut take = |frame: &spikeproof::wire::frame::Frame<'_>| {
        black_box(serde_json::from_slice::<Value>(&frame.data).ok());
    };
    for piece in pieces {
        reader.push(piece, &mut take);
    }
    reader.finish(&mut take);
}

fn judge(stream: &Stream, pieces: &[Vec<u8>]) {
    judge_on(Basis::WIRE, stream, pieces);
}

/// Each event is parsed and shown to every rule.
fn judge_all(stream: &Stream, pieces: &[Vec<u8>]) {
    let basis = Basis {
        reads_all: true,
        ..Basis::WIRE
    };
    judge_on(basis, stream, pieces);
}

fn judge_on(basis: Basis, stream: &Stream, pieces: &[Vec<u8>]) {
    let mut judge = Judge::on(basis, Arc::clone(&stream.asked), stream.head.clone());
    for piece in pieces {
        black_box(judge.bytes(piece));
    }
    let (_, judgement) = judge.end(BodyEnd::Clean);
    assert!(judgement.findings.is_empty(), "{:?}", judgement.findings);
}

/// Endpoint, path with query, body.
type Call = (Endpoint, &'static str, Value);

fn claude(more: Value) -> Call {
    let body = json!({"model": "claude-sonnet-4-6", "max_tokens": 4096, "stream": true,
        "messages": [{"role": "user", "content": "Tell me of kites."}]});
    (Endpoint::Messages, "/v1/messages", with(body, more))
}

fn chat(more: Value) -> Call {
    let body = json!({"model": "gpt-5-4", "stream": true,
        "messages": [{"role": "user", "content": "Tell me of kites."}]});
    let path = "/v1/chat/completions";
    (Endpoint::ChatCompletions, path, with(body, more))
}

fn responses(more: Value) -> Call {
    let body = json!({"model": "gpt-5-5", "stream": true, "input": "Tell me of kites."});
    (Endpoint::Responses, "/v1/responses", with(body, more))
}

fn gemini(more: Value) -> Call {
    let body = json!({"contents": [{"role": "user", "parts": [{"text": "Kites."}]}]});
    let path = "/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse";
    let endpoint = Endpoint::StreamGenerateContent;
    (endpoint, path, with(body, more))
}

fn cases() -> Vec<Case> {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}},
        "required": ["city"]});
    let tool = json!({"name": "weather", "description": "d", "parameters": schema});
    let named = json!({"type": "function", "name": "weather", "parameters": schema,
        "strict": false});
    let case = |name, calls: Vec<_>| Case {
        name,
        streams: calls.into_iter().map(recorded).collect(),
    };
    let text = |name, call| case(name, vec![call]);
    let unstreamed = json!({"stream": false});
    let whole = "/v1beta/models/gemini-3-flash:generateContent";
    let mut whole_gemini = gemini(json!({}));
    (whole_gemini.0, whole_gemini.1) = (Endpoint::GenerateContent, whole);
    vec![
        text("anthropic-messages text", claude(json!({}))),
        text("openai-chat text", chat(json!({}))),
        text("openai-responses text", responses(json!({}))),
        text("gemini text", gemini(json!({}))),
        text("anthropic-messages body", claude(unstreamed.clone())),
        text("openai-chat body", chat(unstreamed.clone())),
        text("openai-responses body", responses(unstreamed)),
        text("gemini body", whole_gemini),
        case(
            "anthropic-messages",
            vec![
                claude(json!({})),
                claude(json!({"thinking": {"type": "enabled", "budget_tokens": 1024}})),
                claude(json!({"tools": [{"name": "weather", "input_schema": schema}]})),
            ],
        ),
        case(
            "openai-chat",
            vec![
                chat(json!({"stream_options": {"include_usage": true}})),
                chat(json!({"tools": [{"type": "function", "function": tool}]})),
            ],
        ),
        case(
            "openai-responses",
            vec![
                responses(json!({})),
                responses(json!({"reasoning": {"effort": "low", "summary": "auto"}})),
                responses(json!({"tools": [named]})),
            ],
        ),
        case(
            "gemini",
            vec![
                gemini(json!({})),
                gemini(json!({"generationConfig": {"thinkingConfig": {"includeThoughts": true}}})),
                gemini(json!({"tools": [{"functionDeclarations": [tool]}]})),
            ],
        ),
    ]
}

fn with(mut body: Value, more: Value) -> Value {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

/// The replica's answer, as it would come over the wire.
fn recorded((endpoint, target, body): Call) -> Stream {
    let is_streamed = endpoint != Endpoint::GenerateContent && body["stream"] != false;
    let config = Config {
        seed: 3,
        output_tokens: Some(if is_streamed { 200 } else { 40 }),
        ..Config::default()
    };
    let Streamed { headers, frames } = streamed(config, target, &body);
    let delivery = if is_streamed {
        Delivery::Sse
    } else {
        Delivery::Unary
    };
    let mut asked = protocol::asked(endpoint, delivery, Some(body.into()));
    asked.delivery = delivery;
    asked.gateway = true;
    Stream {
        asked: Arc::new(asked),
        head: Head::new(200, headers),
        whole: frames.concat(),
        frames,
    }
}
