//! The engine beside mocks of your own, in a `wiremock` server of your own.
//!
//! ```text
//! cargo run -p spikeproof-mock --example wiremock
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use spikeproof_mock::{Config, Engine, mocks};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn get(address: &SocketAddr, target: &str, key: &str) -> io::Result<String> {
    let mut socket = TcpStream::connect(address).await?;
    let request = format!(
        "GET {target} HTTP/1.1\r\nhost: {address}\r\nx-api-key: {key}\r\nconnection: close\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn compare() -> Result<(), Box<dyn Error>> {
    let engine = Engine::new(Config::default());
    let server = MockServer::start().await;
    engine.set_base_url(&server.uri());
    // Your own first: the first mock that matches answers.
    Mock::given(method("GET"))
        .and(path("/health"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    for mock in mocks(&engine) {
        server.register(mock).await;
    }
    let address = server.address();
    let health = get(address, "/health", "").await?;
    assert!(health.starts_with("HTTP/1.1 204"), "{health}");
    let models = get(address, "/v1/models", engine.key()).await?;
    assert!(models.contains("claude-sonnet-4-6"), "{models}");
    let refused = get(address, "/v1/models", "sk-byts-wrong").await?;
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    println!("a mock of mine, the gateway's models, and a refusal, all from {address}");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread();
    { runtime }.enable_all().build()?.block_on(compare())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
