//! Try your own client against a gateway that fails half of the time, and see that nobody pays for
//! the failures.
//!
//! ```text
//! cargo run -p spikeproof-mock --example fault
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;

use spikeproof_mock::{Config, Fault, FaultSetting, Replica};

/// The client under test: sends a prompt until it is answered, ten times at most.
fn ask(replica: &Replica, prompt: &str) -> Result<(String, usize), Box<dyn Error>> {
    let body = format!(
        r#"{{"model": "gpt-5-4", "messages": [{{"role": "user", "content": "{prompt}"}}]}}"#
    );
    let request = format!(
        "POST /v1/chat/completions HTTP/1.0\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        replica.key(),
        body.len()
    );
    for attempt in 1..=10 {
        let mut socket = TcpStream::connect(replica.address())?;
        socket.write_all(request.as_bytes())?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        if answer.starts_with("HTTP/1.0 200") {
            return Ok((answer, attempt));
        }
    }
    Err("ten failures in a row".into())
}

fn main() -> Result<(), Box<dyn Error>> {
    let fault = Fault::parse("upstream-503").ok_or("no fault has that name")?;
    let config = Config {
        // Which calls fail follows from this and from nothing else.
        seed: 7,
        faults: vec![FaultSetting {
            fault,
            probability: 0.5,
        }],
        ..Config::default()
    };
    let replica = Replica::builder().config(config).start()?;
    let mut attempts = 0;
    for prompt in ["What is a kite?", "Who flies it?", "Where?", "Why?"] {
        let (answer, needed) = ask(&replica, prompt)?;
        assert!(answer.contains("total_tokens"), "{answer}");
        attempts += needed;
    }
    let ledger = replica.engine().ledger();
    println!(
        "{attempts} attempts for 4 answers, {} calls billed",
        ledger.call_count
    );
    assert_eq!(ledger.call_count, 4);
    replica.stop();
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
