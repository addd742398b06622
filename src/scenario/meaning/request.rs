//! Request templates: calls, their mistakes, and combinations that make no sense.

use super::super::fault::{Collected, Fault, listed};
use super::super::record::{Item, Named, Record, Value};
use super::super::request::{
    Auth, Call, CancelWhen, Delivery, Disconnect, Duplicate, EditForm, Expect, Follow, ImagesCall,
    Mistake, TaskCall, TaskRoute, Template, TextCall, TextProtocol, Tool, ToolChoice, UsagePath,
    UtilityCall,
};
use super::session::{self, prompt};
use super::{keys, record_of};

pub(super) fn build(named: &Named, key_names: &[&str], faults: &mut Collected) -> Option<Template> {
    let record = record_of(named)?;
    let word = record.word("call")?;
    let combinations = match word {
        "openai.images" => images_faults(record),
        "tasks.video" | "tasks.image" | "videos.generate" => task_faults(record),
        _ => text_faults(record),
    };
    combinations
        .into_iter()
        .for_each(|fault| faults.push(fault));
    let mut call = call(word, record)?;
    let turns = session::turns(record, &mut call);
    let template = Template {
        name: named.name.clone(),
        call,
        turns,
        mistake: record.word("mistake").and_then(mistake),
        expect: record.record("expect").and_then(expect),
        disconnect: record.record("disconnect").and_then(disconnect),
        read: record.record("read").and_then(session::pace),
        keys: keys::of_request(record, key_names, faults),
        timeout: record.duration("timeout")?,
        line: named.place.line,
    };
    if let (Some(field), Some(why)) = (record.written("turns"), template.no_session()) {
        faults.push(Fault::new(
            field.place,
            format!("this call can have no turns: {why}"),
        ));
    }
    Some(template)
}

fn call(word: &str, record: &Record) -> Option<Call> {
    let text = |protocol| text_call(protocol, record).map(Call::Text);
    let task = |route| task_call(route, record).map(Call::Task);
    let model = || record.text("model");
    Some(match word {
        "anthropic.messages" => text(TextProtocol::AnthropicMessages)?,
        "openai.chat" => text(TextProtocol::OpenaiChat)?,
        "openai.responses" => text(TextProtocol::OpenaiResponses)?,
        "gemini.generate" => text(TextProtocol::Gemini)?,
        "openai.images" => Call::Images(images_call(record)?),
        "tasks.video" => task(TaskRoute::Video)?,
        "tasks.image" => task(TaskRoute::Image)?,
        "videos.generate" => task(TaskRoute::Videos)?,
        other => Call::Utility(match other {
            "models.list" => UtilityCall::ModelsList {
                capability: record.text("capability"),
                family: record.text("family"),
            },
            "models.get" => UtilityCall::ModelsGet { model: model()? },
            "models.available" => UtilityCall::ModelsAvailable,
            "usage.list" => UtilityCall::UsageList {
                path: match record.word("path")? {
                    "v1" => UsagePath::V1,
                    "api" => UsagePath::Api,
                    _ => UsagePath::Me,
                },
                group_by: record.text("group_by"),
                limit: record.small("limit"),
                page: None,
            },
            "balance.get" => UtilityCall::BalanceGet,
            "account.get" => UtilityCall::AccountGet,
            "transactions.list" => UtilityCall::TransactionsList {
                kind: record.text("kind"),
                page_size: record.small("page_size"),
            },
            "webhooks.cycle" => UtilityCall::WebhooksCycle,
            "keys.cycle" => UtilityCall::KeysCycle,
            "groups.list" => UtilityCall::GroupsList,
            "embeddings.create" => UtilityCall::EmbeddingsCreate { model: model()? },
            _ => return None,
        }),
    })
}

fn text_call(protocol: TextProtocol, record: &Record) -> Option<TextCall> {
    Some(TextCall {
        protocol,
        model: record.text("model")?,
        delivery: delivery(record)?,
        history: Vec::new(),
        prompt: prompt(record)?,
        system: record.text("system"),
        tools: words(record.list("tools")?).filter_map(tool).collect(),
        tool_choice: record.word("tool_choice").and_then(tool_choice),
        thinking: thinking(record),
        image: record.truth("image")?,
        stop: texts(record.list("stop")?),
        max_tokens: record.small("max_tokens"),
        temperature: record.number("temperature").map(thousandths),
        n: record.small("n"),
        json: record.truth("json").unwrap_or(false),
        cache: record.truth("cache").unwrap_or(false),
        auth: record.word("auth").and_then(auth),
    })
}

fn delivery(record: &Record) -> Option<Delivery> {
    if record.word("stream").is_some() {
        return Some(Delivery::Array);
    }
    record.truth("stream").map(|stream| {
        if stream {
            Delivery::Sse
        } else {
            Delivery::Unary
        }
    })
}

fn thinking(record: &Record) -> Option<u32> {
    let on = record.truth("thinking").unwrap_or(false);
    record.small("thinking").or(on.then_some(DEFAULT_THINKING))
}

/// The smallest budget that every protocol takes.
const DEFAULT_THINKING: u32 = 1024;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the tables keep it between 0 and 2"
)]
fn thousandths(number: f64) -> u32 {
    (number * 1000.0).round() as u32
}

fn images_call(record: &Record) -> Option<ImagesCall> {
    Some(ImagesCall {
        edit: record.word("edit").map(|word| match word {
            "multipart" => EditForm::Multipart,
            _ => EditForm::Json,
        }),
        model: record.text("model")?,
        prompt: prompt(record)?,
        stream: record.truth("stream")?,
        partial_images: record.small("partial_images"),
        n: record.small("n"),
        size: record.text("size"),
        quality: owned_word(record, "quality"),
        style: owned_word(record, "style"),
        background: owned_word(record, "background"),
        output_format: owned_word(record, "output_format"),
        output_compression: record.small("output_compression"),
        response_format: owned_word(record, "response_format"),
        seed: record.integer("seed"),
        negative_prompt: record.text("negative_prompt"),
        aspect_ratio: record.text("aspect_ratio"),
        download: record.truth("download")?,
    })
}

fn task_call(route: TaskRoute, record: &Record) -> Option<TaskCall> {
    let duration_seconds = record.small("duration_seconds");
    if duration_seconds.is_none() && route != TaskRoute::Image {
        return None;
    }
    Some(TaskCall {
        route,
        model: record.text("model")?,
        prompt: prompt(record)?,
        duration_seconds,
        resolution: record.text("resolution"),
        aspect_ratio: record.text("aspect_ratio"),
        size: record.text("size"),
        follow: follow(record)?,
        poll_every: record.duration("poll_every")?,
        cancel: record.word("cancel").map(|word| match word {
            "running" => CancelWhen::Running,
            _ => CancelWhen::Pending,
        }),
        duplicate: record.word("duplicate").map(|word| match word {
            "different" => Duplicate::Different,
            _ => Duplicate::Same,
        }),
        download: record.truth("download")?,
    })
}

fn text_faults(record: &Record) -> Vec<Fault> {
    let mut faults = session::faults(record);
    let no_tools = record.list("tools").is_some_and(<[Item]>::is_empty);
    if let Some(field) = record.written("tool_choice")
        && no_tools
    {
        faults.push(
            Fault::new(
                field.place,
                "`tool_choice` chooses among `tools`, and there are none",
            )
            .help("add `tools: [weather]`"),
        );
    }
    faults
}

fn images_faults(record: &Record) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(field) = record.written("partial_images")
        && record.truth("stream") == Some(false)
    {
        faults.push(
            Fault::new(field.place, "`partial_images` come only in a stream")
                .help("add `stream: true`"),
        );
    }
    if let Some(field) = record.written("output_compression")
        && !matches!(record.word("output_format"), Some("webp" | "jpeg"))
    {
        faults.push(
            Fault::new(
                field.place,
                "only `webp` and `jpeg` are compressed by degree",
            )
            .help("add `output_format: webp`"),
        );
    }
    if let Some(field) = record.written("download")
        && record.truth("download") == Some(true)
        && record.word("response_format") == Some("b64_json")
    {
        faults.push(Fault::new(
            field.place,
            "with `response_format: b64_json` there is no URL",
        ));
    }
    if let (Some(_), Some(field)) = (record.written("size"), record.written("aspect_ratio")) {
        faults.push(Fault::new(
            field.place,
            "only one of `size` and `aspect_ratio` can be given",
        ));
    }
    faults
}

fn task_faults(record: &Record) -> Vec<Fault> {
    let mut faults = Vec::new();
    let follow = follow(record);
    if let Some(field) = record.written("poll_every")
        && follow.is_some_and(|follow| follow != Follow::Poll)
    {
        faults.push(
            Fault::new(
                field.place,
                "`poll_every` has no effect: this task is not polled",
            )
            .help("leave it out, or write `follow: poll`"),
        );
    }
    if let Some(field) = record.written("cancel")
        && record.word("cancel") == Some("running")
        && follow == Some(Follow::None)
    {
        faults.push(
            Fault::new(
                field.item.place,
                "whether a task runs is not seen with `follow: none`",
            )
            .help("write `follow: poll` or `follow: stream`, or `cancel: pending`"),
        );
    }
    let download = record
        .written("download")
        .filter(|_| record.truth("download") == Some(true));
    if let Some(field) = download {
        if follow == Some(Follow::None) {
            faults.push(
                Fault::new(
                    field.place,
                    "where the asset is, is not seen with `follow: none`",
                )
                .help("write `follow: poll`"),
            );
        }
        if record.written("cancel").is_some() {
            faults.push(Fault::new(
                field.place,
                "a task that is cancelled has no asset",
            ));
        }
    }
    if record.written("mistake").is_some() {
        let keys = ["cancel", "duplicate"].map(|key| record.written(key));
        for field in keys.into_iter().flatten().chain(download) {
            let message = format!(
                "{} has no effect: a call with a mistake starts no task",
                listed(&[field.key], "")
            );
            faults.push(Fault::new(field.place, message));
        }
    }
    faults
}

fn expect(record: &Record) -> Option<Expect> {
    let status = |value: &Value| u16::try_from(value.as_integer()?).ok();
    let value = record.value("status")?;
    let status = match value.as_list() {
        Some(items) => items
            .iter()
            .filter_map(|item| status(&item.value))
            .collect(),
        None => vec![status(value)?],
    };
    Some(Expect { status })
}

fn disconnect(record: &Record) -> Option<Disconnect> {
    let tokens = record.small("after_tokens").map(Disconnect::Tokens);
    tokens.or_else(|| record.duration("after").map(Disconnect::Time))
}

fn follow(record: &Record) -> Option<Follow> {
    Some(match record.word("follow")? {
        "stream" => Follow::Stream,
        "none" => Follow::None,
        _ => Follow::Poll,
    })
}

fn owned_word(record: &Record, key: &str) -> Option<String> {
    record.word(key).map(str::to_owned)
}

fn words(items: &[Item]) -> impl Iterator<Item = &'static str> {
    items.iter().filter_map(|item| item.value.as_word())
}

fn texts(items: &[Item]) -> Vec<String> {
    items
        .iter()
        .filter_map(|item| item.value.as_text())
        .map(str::to_owned)
        .collect()
}

fn tool(word: &str) -> Option<Tool> {
    Some(match word {
        "weather" => Tool::Weather,
        "time" => Tool::Time,
        "search" => Tool::Search,
        _ => return None,
    })
}

fn tool_choice(word: &str) -> Option<ToolChoice> {
    Some(match word {
        "auto" => ToolChoice::Auto,
        "none" => ToolChoice::None,
        "required" => ToolChoice::Required,
        "first" => ToolChoice::First,
        _ => return None,
    })
}

fn auth(word: &str) -> Option<Auth> {
    Some(match word {
        "bearer" => Auth::Bearer,
        "x-api-key" => Auth::XApiKey,
        "x-goog-api-key" => Auth::XGoogApiKey,
        "query" => Auth::Query,
        _ => return None,
    })
}

/// It is called the same wherever it is written.
fn mistake(word: &str) -> Option<Mistake> {
    let word = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(word);
    serde::Deserialize::deserialize(word).ok()
}
