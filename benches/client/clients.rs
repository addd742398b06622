//! Clients as processes, and what their processor time was.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use super::bare;
use super::workloads::{PATH, Workload, body};

/// Clients of others, which need not be there.
pub(crate) const MISSED_WITHOUT: [&str; 3] = ["wrk", "oha", "aiohttp"];
/// What the one in Python runs.
const AIOHTTP: &str = include_str!("aiohttp.py");

pub(crate) struct Job<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) workload: &'a Workload,
    pub(crate) requests: u64,
}

pub(crate) enum Client {
    Spikeproof { name: String, program: String },
    Bare,
    Wrk,
    Oha,
    Aiohttp,
}

/// The clients that can be started.
pub(crate) fn installed(programs: &[String]) -> Vec<Client> {
    let own = [env!("CARGO_BIN_EXE_spikeproof").to_owned()];
    let named = |(number, program): (usize, &String)| Client::Spikeproof {
        name: match number {
            0 => "spikeproof".to_owned(),
            _ => format!("spikeproof {}", number + 1),
        },
        program: program.clone(),
    };
    let mut clients: Vec<_> = own.iter().chain(programs).enumerate().map(named).collect();
    clients.push(Client::Bare);
    if Client::is_installed("wrk") {
        clients.push(Client::Wrk);
    }
    if Client::is_installed("oha") {
        clients.push(Client::Oha);
    }
    if Client::is_installed("aiohttp") {
        clients.push(Client::Aiohttp);
    }
    clients
}

impl Client {
    pub(crate) fn is_installed(program: &str) -> bool {
        let mut asking = Command::new(program);
        asking.arg("--version");
        if program == "aiohttp" {
            asking = Command::new("python3");
            asking.args(["-c", "import aiohttp"]);
        }
        let asked = asking.stdout(Stdio::null()).stderr(Stdio::null()).status();
        // Some fail when they are asked who they are; Python fails without the package.
        asked.is_ok_and(|status| status.success() || program != "aiohttp")
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Spikeproof { name, .. } => name,
            Self::Bare => "bare",
            Self::Wrk => "wrk",
            Self::Oha => "oha",
            Self::Aiohttp => "aiohttp",
        }
    }

    /// Makes the job's requests; microseconds of processor time for each.
    pub(crate) fn run(&self, job: &Job<'_>) -> Result<f64, Box<dyn Error>> {
        self.in_folder(|folder| self.timed(job, folder))
    }

    /// With a folder that is there for so long.
    pub(crate) fn in_folder<T>(
        &self,
        work: impl FnOnce(&Path) -> Result<T, Box<dyn Error>>,
    ) -> Result<T, Box<dyn Error>> {
        let folder = std::env::temp_dir().join(format!("spikeproof-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let done = work(&folder);
        fs::remove_dir_all(&folder)?;
        done
    }

    fn timed(&self, job: &Job<'_>, folder: &Path) -> Result<f64, Box<dyn Error>> {
        let mut command = self.command(job, folder)?;
        let before = children()?;
        let output = command.stdin(Stdio::null()).output()?;
        let spent = children()? - before;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let done = match self {
            Self::Wrk => count(&said, " requests in ")?,
            Self::Bare | Self::Oha | Self::Aiohttp => job.requests,
            Self::Spikeproof { .. } => {
                let outcomes = format!("{} ok", job.requests);
                // On a busy machine it doubts its latencies, which are not what is measured here.
                if !said.contains(&outcomes) || said.contains("\nFAIL") {
                    return Err(format!("not all went well:\n{said}").into());
                }
                job.requests
            }
        };
        let is_inconclusive = matches!(self, Self::Spikeproof { .. }) && said.contains("\nINCON");
        if !output.status.success() && !is_inconclusive {
            let why = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{} failed: {why}", self.name()).into());
        }
        Ok(spent * 1e6 / done as f64)
    }

    pub(crate) fn command(&self, job: &Job<'_>, folder: &Path) -> Result<Command, Box<dyn Error>> {
        let (workload, requests) = (job.workload, job.requests);
        let connections = workload.connections.to_string();
        let url = format!("http://{}{PATH}", job.address);
        let command = match self {
            Self::Spikeproof { program, .. } => {
                let scenario = folder.join("scenario.yaml");
                fs::write(&scenario, scenario_text(workload, requests))?;
                let mut command = Command::new(program);
                command
                    .arg("run")
                    .arg(scenario)
                    .args(["--target", &format!("http://{}", job.address)])
                    .args([
                        "--key-env",
                        "BENCH_KEY",
                        "--workers",
                        "1",
                        "--quiet",
                        "--out",
                    ])
                    .arg(folder.join("out"))
                    .env("BENCH_KEY", "sk-byts-0000000000000000000000000000");
                command
            }
            Self::Bare => {
                let mut command = Command::new(std::env::current_exe()?);
                command
                    .args([bare::WORD, &job.address.to_string(), &connections])
                    .args([requests.to_string(), workload.stream.to_string()]);
                command
            }
            Self::Wrk => wrk(workload, &url, folder)?,
            Self::Oha => {
                let mut command = Command::new("oha");
                command
                    .args(["--no-tui", "-m", "POST", "-c", &connections])
                    .args(["-n", &requests.to_string(), "-d", &body(workload.stream)])
                    .args(["-H", "content-type: application/json", &url])
                    .env("TOKIO_WORKER_THREADS", "1");
                command
            }
            Self::Aiohttp => {
                let kind = if workload.stream { "stream" } else { "body" };
                let mut command = Command::new("python3");
                command.args(["-c", AIOHTTP, &url, &connections]).args([
                    &requests.to_string(),
                    &body(workload.stream),
                    kind,
                ]);
                command
            }
        };
        Ok(command)
    }
}

fn wrk(workload: &Workload, url: &str, folder: &Path) -> Result<Command, Box<dyn Error>> {
    let script = folder.join("post.lua");
    fs::write(&script, wrk_script(workload))?;
    let mut command = Command::new("wrk");
    // It knows no number of requests, only a time, in which some must end.
    let time = if workload.gap.is_some() {
        "-d8s"
    } else {
        "-d2s"
    };
    command
        .args(["-t1", time, "--timeout", "30s", "-c"])
        .arg(workload.connections.to_string())
        .arg("-s")
        .arg(script)
        .arg(url);
    Ok(command)
}

/// What wrk is told to send.
fn wrk_script(workload: &Workload) -> String {
    let body = body(workload.stream)
        .replace('\\', "\\\\")
        .replace('\'', "\\'");
    format!(
        "wrk.method = 'POST'\nwrk.body = '{body}'\n\
         wrk.headers['content-type'] = 'application/json'\n\
         wrk.headers['authorization'] = 'Bearer sk-byts-0000000000000000000000000000'\n"
    )
}

/// All that a run can do is on; the books are not read, since this server keeps none.
fn scenario_text(workload: &Workload, requests: u64) -> String {
    format!(
        "name: bench\n\
         requests:\n  chat: {{ call: openai.chat, model: gpt-5-4, stream: {}, \
         prompt: {{ text: \"What is a kite?\" }} }}\n\
         phases: [{{ name: all, executor: shared-iterations, vus: {}, iterations: {requests} }}]\n\
         billing: {{ audit: headers }}\n\
         thresholds: [ \"errors.unexpected < 1%\" ]\n",
        workload.stream, workload.connections
    )
}

/// The number before some words.
pub(crate) fn count(said: &str, words: &str) -> Result<u64, Box<dyn Error>> {
    let before = said.split(words).next().unwrap_or_default();
    let number = before
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    Ok(number.parse().map_err(|_| format!("no count in: {said}"))?)
}

/// Seconds of processor time of all children that have ended, as the kernel counts them.
pub(crate) fn children() -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name may hold anything but a closing bracket.
    let (_, fields) = stat.rsplit_once(')').ok_or("no stat")?;
    let fields: Vec<_> = fields.split_whitespace().collect();
    let ticks = fields[13].parse::<u64>()? + fields[14].parse::<u64>()?;
    // Linux tells user space in hundredths, whatever its own ticks are.
    Ok(ticks as f64 / 100.0)
}
