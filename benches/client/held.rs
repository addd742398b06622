//! Many streams open at once: what they take of a processor and of memory.
//!
//! Streams come evenly until so many are open, and as many more while they are. Memory is the most
//! that the kernel ever counted as resident, over that of a run with few streams; that run goes
//! first, and is as long.

use std::error::Error;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::clients::{Client, Job, children, count};
use super::server::Server;
use super::workloads::Workload;

/// Streams of the run that the others are compared with.
const FEW: u64 = 50;
/// How often the kernel is asked what it counts.
const LOOKS: Duration = Duration::from_millis(50);

/// What a run took.
struct Took {
    /// Seconds of processor time.
    time: f64,
    /// At most, in bytes.
    memory: u64,
    /// All that were opened and were well.
    streams: u64,
    /// What it said of itself.
    verdict: String,
}

pub(crate) fn measure(
    client: &Client,
    workload: &Workload,
    streams: &[u64],
) -> Result<(), Box<dyn Error>> {
    let gap = workload.gap.ok_or("its events come at once")?;
    let few = take(client, workload, FEW)?;
    for &held in streams {
        let took = take(client, workload, held)?;
        let each_has = workload.events() as u64;
        let rate = held as f64 / gap.as_secs_f64();
        let each = took.memory.saturating_sub(few.memory) as f64 / (held - FEW) as f64;
        println!(
            "{held:>6} streams, {rate:>6.0} events/s: {:.1} us an event, {:.0} MB at most, {:.1} KB \
             a stream over the {:.0} MB of {FEW}; {}",
            (took.time - few.time) * 1e6 / ((took.streams - few.streams) * each_has) as f64,
            took.memory as f64 / 1e6,
            each / 1e3,
            few.memory as f64 / 1e6,
            took.verdict,
        );
    }
    Ok(())
}

fn take(client: &Client, workload: &Workload, streams: u64) -> Result<Took, Box<dyn Error>> {
    let server = Server::start(workload)?;
    let job = Job {
        address: server.address,
        workload,
        requests: 2 * streams,
    };
    client.in_folder(|folder| {
        let mut command = client.command(&job, folder)?;
        fs::write(folder.join("scenario.yaml"), scenario(workload, streams)?)?;
        let before = children()?;
        let said = fs::File::create(folder.join("said.txt"))?;
        let process = command.stdin(Stdio::null()).stdout(said).spawn()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        let memory = runtime.block_on(watch(process))?;
        let said = fs::read_to_string(folder.join("said.txt"))?;
        let mut lines = said.lines();
        let calls = lines.find(|line| line.trim_start().starts_with("chat "));
        let ok = count(calls.unwrap_or_default(), " ok")?;
        if ok < 2 * streams - 1 || said.contains("\nFAIL") {
            return Err(format!("not all went well:\n{said}").into());
        }
        let mut lines = said.lines();
        let verdict = lines.find(|line| line.starts_with("PASS") || line.starts_with("INCON"));
        Ok(Took {
            time: children()? - before,
            memory,
            streams: ok,
            verdict: verdict.unwrap_or_default().to_owned(),
        })
    })
}

/// The most memory that a process had, once it has ended.
async fn watch(mut process: std::process::Child) -> Result<u64, Box<dyn Error>> {
    let status = format!("/proc/{}/status", process.id());
    let mut looks = interval(LOOKS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut most = 0;
    while process.try_wait()?.is_none() {
        looks.tick().await;
        let told = fs::read_to_string(&status)?;
        let mut lines = told.lines();
        let kilobytes = lines.find_map(|line| {
            let told = line.strip_prefix("VmHWM:")?;
            told.trim().strip_suffix(" kB")?.parse::<u64>().ok()
        });
        most = most.max(kilobytes.unwrap_or(0) << 10);
    }
    Ok(most)
}

/// As many begin in the time that one takes as are to be open.
fn scenario(workload: &Workload, streams: u64) -> Result<String, Box<dyn Error>> {
    let gap = workload.gap.ok_or("its events come at once")?;
    let length = gap.as_secs_f64() * workload.events() as f64;
    Ok(format!(
        "name: held\n\
         requests:\n  chat: {{ call: openai.chat, model: gpt-5-4, stream: true, timeout: 1h, \
         prompt: {{ text: \"What is a kite?\" }} }}\n\
         phases: [{{ name: all, executor: constant-arrival-rate, rate: {}/s, \
         duration: {}ms, max_in_flight: {} }}]\n\
         billing: {{ audit: headers }}\n\
         thresholds: [ \"errors.unexpected < 1%\" ]\n",
        streams as f64 / length,
        (2e3 * length).round(),
        streams + 100
    ))
}
