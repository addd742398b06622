//! `cross`: one question over several protocols, and where the answers differ.

mod asking;
mod money;
mod session;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use spikeproof_mock::{Delay, FaultSetting, Replica};

use super::key::{is_loopback, key};
use super::output::{data, error, talk};
use super::replica::{KEPT_IN_A_RUN, config, fault};
use super::run::target::started;
use crate::cross::{Aspect, QUESTIONS, Question, Words, view};
use crate::exit::Exit;
use crate::scenario::request::TextProtocol;
use crate::scenario::{ReplicaSetting, Secret, Target};
use crate::suggest::nearest;

/// The model that the gateway's pages promise the same answers of over two protocols.
const MODEL: &str = "claude-sonnet-4-6";
const SEED: u64 = 7;

/// Ask one question over several protocols and compare the answers.
#[derive(Debug, Args)]
#[command(after_help = "\
Each question is asked of each model over each protocol that leads to it, whole and streamed, one
after the other. What a model may say otherwise each time is told apart from what must be equal:
see docs/cross.md. The key is read as by `run`, and is in no output. A target that is not on this
machine needs --max-requests.

Examples:
  spikeproof cross
  spikeproof cross --model gpt-5-4 --question tools --fault overcharge-percent=0.5
  BYTESPIKE_API_KEY=… spikeproof cross --target https://gateway.example --max-requests 300 \\
    --skip charge

Exit codes: 0 the same · 1 something differs that must not, or breaks a MUST rule · 2 wrong usage ·
3 target unusable · 4 inconclusive: answers vary or could not be compared · 5 budget used up")]
pub(super) struct CrossArguments {
    /// `replica`, or a base URL such as http://127.0.0.1:8080
    #[arg(long, env = "SPIKEPROOF_TARGET", default_value = "replica",
        value_parser = super::run::parse_target)]
    target: Target,
    /// Model to ask (repeatable)
    #[arg(long = "model", value_name = "NAME", default_value = MODEL)]
    models: Vec<String>,
    /// Protocol to ask over (repeatable) [default: each that leads to the model]
    #[arg(long = "protocol", value_name = "NAME", value_enum)]
    protocols: Vec<Protocol>,
    /// Question to ask (repeatable) [default: all]
    #[arg(long = "question", value_name = "NAME", value_parser = question_names())]
    questions: Vec<String>,
    /// Words to ask instead of those of `plain`, `system` and `history`
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
    /// Temperature from 0 to 2 [default: the model's own]
    #[arg(long, value_name = "T", value_parser = temperature)]
    temperature: Option<u32>,
    /// What is not compared (repeatable)
    #[arg(long = "skip", value_name = "ASPECT", value_parser = aspect_names())]
    skipped: Vec<String>,
    /// The target gives the same question the same answer each time, so that no answer may vary
    /// [default: so for the replica]
    #[arg(long)]
    steady: bool,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Seed of the replica
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Environment variable that holds the key [default: BYTESPIKE_API_KEY]
    #[arg(long, value_name = "NAME", conflicts_with = "key_file")]
    key_env: Option<String>,
    /// File whose first line is the key
    #[arg(long, value_name = "PATH")]
    key_file: Option<PathBuf>,
    /// Requests that may be sent at most, those that read the books included
    #[arg(long, value_name = "N")]
    max_requests: Option<u64>,
    /// Seconds that one answer may take
    #[arg(long, value_name = "S", default_value_t = 120,
        value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// A replica fault: NAME or NAME=PROBABILITY (repeatable)
    #[arg(long = "fault", value_name = "NAME[=P]", value_parser = fault)]
    faults: Vec<FaultSetting>,
    /// No word of what is being asked
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Protocol {
    AnthropicMessages,
    OpenaiChat,
    OpenaiResponses,
    Gemini,
}

impl Protocol {
    fn text(self) -> TextProtocol {
        match self {
            Self::AnthropicMessages => TextProtocol::AnthropicMessages,
            Self::OpenaiChat => TextProtocol::OpenaiChat,
            Self::OpenaiResponses => TextProtocol::OpenaiResponses,
            Self::Gemini => TextProtocol::Gemini,
        }
    }
}

fn question_names() -> PossibleValuesParser {
    PossibleValuesParser::new(QUESTIONS.iter().map(|question| question.name))
}

fn aspect_names() -> PossibleValuesParser {
    // Whether it is answered at all is what everything else rests on.
    let skippable = Aspect::ALL
        .into_iter()
        .filter(|aspect| *aspect != Aspect::Served);
    PossibleValuesParser::new(skippable.map(Aspect::name))
}

fn temperature(text: &str) -> Result<u32, String> {
    let number = text.parse::<f64>().ok().filter(|t| (0.0..=2.0).contains(t));
    let number = number.ok_or_else(|| format!("`{text}` is no number from 0 to 2"))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it was just held to 0..=2"
    )]
    Ok((number * 1000.0).round() as u32)
}

/// Checked, and nothing sent yet.
struct Prepared {
    base: String,
    key: Secret,
    /// `replica` or the base.
    name: String,
    models: Vec<String>,
    protocols: Vec<TextProtocol>,
    /// The user named the protocols.
    named: bool,
    questions: Vec<&'static Question>,
    words: Words,
    skipped: Vec<Aspect>,
    steady: bool,
    /// Whether charges are in the books as soon as a call has ended, and nobody else's are.
    own: bool,
    seed: u64,
    max_requests: Option<u64>,
    timeout: Duration,
    quiet: bool,
    /// The bundled one; it stops when this is dropped.
    _replica: Option<Replica>,
}

pub(super) fn cross(arguments: &CrossArguments) -> Exit {
    let prepared = match prepared(arguments) {
        Ok(prepared) => prepared,
        Err(exit) => return exit,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let report = match runtime {
        Ok(runtime) => runtime.block_on(session::carried_out(&prepared)),
        Err(why) => {
            error(format_args!("cannot start: {why}"));
            return Exit::Bug;
        }
    };
    match report {
        Ok(report) => {
            data(match arguments.format {
                Format::Text => view::text(&report),
                Format::Json => view::json(&report),
                Format::Junit => view::junit(&report),
            });
            report.exit()
        }
        Err(exit) => exit,
    }
}

fn prepared(arguments: &CrossArguments) -> Result<Prepared, Exit> {
    let (base, key, replica) = match &arguments.target {
        Target::Replica => {
            known(&arguments.models)?;
            let mut config = config(&ReplicaSetting::default(), arguments.seed, KEPT_IN_A_RUN);
            config.faults.extend(arguments.faults.iter().copied());
            // Nothing is timed here.
            config.first_token = Delay::Constant(Duration::ZERO);
            config.token_gap = Delay::Constant(Duration::ZERO);
            let replica = started(config)?;
            let key = Secret::new(replica.key());
            (replica.base_url(), key, Some(replica))
        }
        Target::Url(base) => (base.clone(), allowed(base, arguments)?, None),
    };
    let is_replica = replica.is_some();
    let mut protocols: Vec<_> = arguments.protocols.iter().map(|one| one.text()).collect();
    let named = !protocols.is_empty();
    if !named {
        protocols.extend(Protocol::value_variants().iter().map(|one| one.text()));
    }
    let wanted = |name: &str| {
        arguments.questions.is_empty() || arguments.questions.iter().any(|one| one == name)
    };
    let is_skipped = |aspect: &Aspect| arguments.skipped.iter().any(|name| name == aspect.name());
    Ok(Prepared {
        base: base.clone(),
        key,
        name: if is_replica {
            "replica".to_owned()
        } else {
            base
        },
        models: distinct(&arguments.models),
        protocols: distinct(&protocols),
        named,
        questions: QUESTIONS
            .iter()
            .filter(|question| wanted(question.name))
            .collect(),
        words: Words {
            prompt: arguments.prompt.clone(),
            temperature: arguments.temperature,
        },
        skipped: Aspect::ALL.into_iter().filter(is_skipped).collect(),
        steady: is_replica || arguments.steady,
        own: is_replica,
        seed: arguments.seed,
        max_requests: arguments.max_requests,
        timeout: Duration::from_secs(arguments.timeout),
        quiet: arguments.quiet,
        _replica: replica,
    })
}

/// Each once, in their order.
fn distinct<T: Clone + PartialEq>(all: &[T]) -> Vec<T> {
    let mut distinct: Vec<T> = Vec::new();
    for one in all {
        if !distinct.contains(one) {
            distinct.push(one.clone());
        }
    }
    distinct
}

/// The key for a target that is not ours, if it may be sent to.
fn allowed(base: &str, arguments: &CrossArguments) -> Result<Secret, Exit> {
    if !is_loopback(base) && arguments.max_requests.is_none() {
        error(format_args!(
            "`{base}` is not on this machine, so the questions need a budget"
        ));
        talk("  = help: give --max-requests N");
        return Err(Exit::Usage);
    }
    if !arguments.faults.is_empty() {
        error("--fault is about the bundled replica, and the target is another");
        talk("  = help: give the faults to `spikeproof replica --fault …` instead");
        return Err(Exit::Usage);
    }
    let key_file = arguments.key_file.as_deref();
    key(arguments.key_env.as_deref(), key_file, None)
}

/// The replica's models are known before it is asked.
fn known(models: &[String]) -> Result<(), Exit> {
    let names = spikeproof_mock::model_names();
    let unknown = models.iter().find(|model| !names.contains(&model.as_str()));
    let Some(unknown) = unknown else {
        return Ok(());
    };
    error(format_args!("the replica has no model `{unknown}`"));
    if let Some(near) = nearest(unknown, names.iter().copied()) {
        talk(format_args!("  = help: did you mean `{near}`?"));
    }
    Err(Exit::Usage)
}
