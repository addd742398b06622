//! Spend a rate limit up, then let five hours pass in no time.
//!
//! ```text
//! cargo run -p spikeproof-mock --example clock
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use spikeproof_mock::{AccountSetting, Config, Engine, Incoming, script::Step};

/// The status of one more call. No socket is needed to ask the engine.
fn call(engine: &Engine) -> u16 {
    let body = r#"{"model": "claude-sonnet-4-6", "max_tokens": 64,
        "messages": [{"role": "user", "content": "What is a kite?"}]}"#;
    let answered = engine.answer(&Incoming {
        method: "POST".to_owned(),
        path: "/v1/messages".to_owned(),
        query: None,
        headers: vec![("x-api-key".to_owned(), engine.key().to_owned())],
        body: Bytes::from_static(body.as_bytes()),
    });
    // Whoever plays a script tells how far it came; this one comes to its end.
    if answered.script.steps.contains(&Step::Settle) {
        engine.settle(&answered.call);
    }
    engine.finish(&answered.call);
    answered.script.status
}

fn main() -> Result<(), Box<dyn Error>> {
    let account = AccountSetting {
        // Micro-USD: a few calls' worth.
        bucket_5h: 2_000,
        ..AccountSetting::default()
    };
    let engine = Engine::new(Config {
        account,
        ..Config::default()
    });
    // 2026-05-25T14:00:00Z; from here on time passes only when told to.
    engine.set_clock(Duration::from_secs(1_779_717_600));
    let let_in = (0..100).take_while(|_| call(&engine) == 200).count();
    println!("{let_in} calls, then 429");
    assert!((1..100).contains(&let_in));
    assert_eq!(call(&engine), 429);

    engine.advance(Duration::from_secs(5 * 3600 - 1));
    assert_eq!(call(&engine), 429, "a second too early");
    engine.advance(Duration::from_secs(1));
    assert_eq!(call(&engine), 200);
    println!("five hours later: 200");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
