//! Replicas side by side: the same seed says the same, another contract reads the documents
//! otherwise, and none knows of the others' money.
//!
//! ```text
//! cargo run -p spikeproof-mock --example several
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;

use spikeproof_mock::contract::BalanceRoute;
use spikeproof_mock::{Config, Contract, Replica};

/// Status line and body.
fn ask(replica: &Replica, line: &str, body: &str) -> Result<(String, String), Box<dyn Error>> {
    let mut socket = TcpStream::connect(replica.address())?;
    write!(
        socket,
        "{line} HTTP/1.0\r\nx-api-key: {}\r\ncontent-length: {}\r\n\r\n{body}",
        replica.key(),
        body.len()
    )?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no head")?;
    let status = head.lines().next().unwrap_or_default();
    Ok((status.to_owned(), body.to_owned()))
}

fn start(seed: u64, contract: Contract) -> Result<Replica, Box<dyn Error>> {
    let config = Config {
        seed,
        contract,
        ..Config::default()
    };
    Ok(Replica::builder().config(config).threads(1).start()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let other_reading = Contract {
        balance_route: BalanceRoute::Served,
        ..Contract::default()
    };
    let one = start(7, Contract::default())?;
    let two = start(7, other_reading)?;
    let three = start(8, Contract::default())?;
    // One clock for all, or the times inside their answers would differ.
    for replica in [&one, &two, &three] {
        replica
            .engine()
            .set_clock(std::time::Duration::from_secs(1_779_717_600));
    }
    let line = "POST /v1/chat/completions";
    let prompt = r#"{"model": "gpt-5-4", "messages": [{"role": "user", "content": "A kite?"}]}"#;
    let said = |replica| ask(replica, line, prompt).map(|(_, body)| body);
    assert_eq!(said(&one)?, said(&two)?);
    assert_ne!(said(&one)?, said(&three)?);

    let (status, _) = ask(&one, "GET /v1/balance", "")?;
    assert!(status.contains("404"), "{status}");
    let (status, _) = ask(&two, "GET /v1/balance", "")?;
    assert!(status.contains("200"), "{status}");

    let calls = [&one, &two, &three].map(|replica| replica.engine().ledger().call_count);
    println!("calls billed: {calls:?}");
    assert_eq!(calls, [2, 1, 1]);
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
