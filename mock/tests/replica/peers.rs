//! Address lists over a real connection: the socket says who is there.

use std::net::SocketAddr;

use spikeproof_mock::{Config, KeySetting, Replica};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

fn listed(whitelist: &[&str], blacklist: &[&str]) -> KeySetting {
    let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    KeySetting {
        ip_whitelist: list(whitelist),
        ip_blacklist: list(blacklist),
        ..KeySetting::default()
    }
}

/// The status of a free read with that key by a client at `from`, which lies about that.
async fn status(replica: &Replica, number: usize, from: &str) -> String {
    let secret = &replica.engine().keys()[number - 1].secret;
    let socket = TcpSocket::new_v4().expect("there are sockets");
    let from: SocketAddr = format!("{from}:0").parse().expect("an address");
    socket
        .bind(from)
        .expect("all of 127.0.0.0/8 is this machine");
    let mut socket = socket.connect(replica.address()).await.expect("it listens");
    let request = format!(
        "GET /v1/models HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 10.0.0.1\r\n\
         authorization: Bearer {secret}\r\nconnection: close\r\n\r\n"
    );
    socket
        .write_all(request.as_bytes())
        .await
        .expect("it reads");
    let mut answer = String::new();
    socket
        .read_to_string(&mut answer)
        .await
        .expect("it answers");
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_listener_tells_the_engine_who_has_connected() {
    let keys = vec![
        listed(&["10.0.0.0/8"], &[]),
        listed(&["127.0.0.2"], &[]),
        listed(&[], &["127.0.0.2/31"]),
    ];
    let config = Config {
        keys,
        ..Config::default()
    };
    let replica = Replica::builder().config(config).threads(1).start();
    let replica = replica.expect("loopback can be listened on");
    for (number, from, expected) in [
        (2, "127.0.0.1", "403"),
        (3, "127.0.0.1", "403"),
        (3, "127.0.0.2", "200"),
        (4, "127.0.0.1", "200"),
        (4, "127.0.0.3", "403"),
    ] {
        assert_eq!(
            status(&replica, number, from).await,
            expected,
            "{number} {from}"
        );
    }
    replica.stop();
}
