//! Leave in the middle of a stream, and read in the ledger what that cost.
//!
//! ```text
//! cargo run -p spikeproof-mock --example ledger
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use spikeproof_mock::{Config, Delay, Replica};

fn main() -> Result<(), Box<dyn Error>> {
    let config = Config {
        output_tokens: Some(500),
        token_gap: Delay::Constant(Duration::from_millis(5)),
        ..Config::default()
    };
    let replica = Replica::builder().config(config).start()?;
    let body = r#"{"model": "claude-sonnet-4-6", "max_tokens": 500, "stream": true,
        "messages": [{"role": "user", "content": "Tell me all about kites."}]}"#;
    let mut socket = TcpStream::connect(replica.address())?;
    write!(
        socket,
        "POST /v1/messages HTTP/1.1\r\nhost: replica\r\nx-api-key: {}\r\n\
         content-length: {}\r\n\r\n{body}",
        replica.key(),
        body.len()
    )?;
    let lines = BufReader::new(&socket).lines();
    let deltas = lines
        .map_while(Result::ok)
        .filter(|line| line.starts_with("event: content_block_delta"));
    assert_eq!(deltas.take(10).count(), 10);
    drop(socket);

    // The replica learns of it when it writes the next time.
    let ledger = loop {
        let ledger = replica.engine().ledger();
        if ledger.in_flight == 0 {
            break ledger;
        }
        std::thread::yield_now();
    };
    let row = ledger.rows.last().ok_or("the call was billed in part")?;
    println!(
        "{}: {} of 500 output tokens billed, {} micro-USD",
        row.request_id, row.output_tokens, row.charge
    );
    assert!((10..500).contains(&row.output_tokens));
    // The law of the ledger, and nothing is reserved any more.
    assert_eq!(
        ledger.available,
        ledger.credited - ledger.spent - ledger.held
    );
    assert_eq!((ledger.held, ledger.spent), (0, row.charge));
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
