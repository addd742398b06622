//! Address lists over a real connection: the socket says who is there.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use spikeproof_mock::{Config, KeySetting, Replica};

fn listed(whitelist: &[&str], blacklist: &[&str]) -> KeySetting {
    let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    KeySetting {
        ip_whitelist: list(whitelist),
        ip_blacklist: list(blacklist),
        ..KeySetting::default()
    }
}

fn start(keys: Vec<KeySetting>, listen: &str) -> Replica {
    let config = Config {
        keys,
        ..Config::default()
    };
    let listen: SocketAddr = listen.parse().expect("an address");
    let started = Replica::builder()
        .config(config)
        .listen(listen)
        .threads(1)
        .start();
    started.expect("loopback can be listened on")
}

/// The status of a free read with that key, which lies about where it comes from.
fn status(replica: &Replica, number: usize) -> String {
    let secret = &replica.engine().keys()[number - 1].secret;
    let mut socket = TcpStream::connect(replica.address()).expect("it listens");
    let request = format!(
        "GET /v1/models HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 10.0.0.1\r\n\
         authorization: Bearer {secret}\r\nconnection: close\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("it answers");
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[test]
fn the_listener_tells_the_engine_who_has_connected() {
    let keys = vec![
        listed(&["10.0.0.0/8"], &[]),
        listed(&["127.0.0.0/8"], &[]),
        listed(&[], &["127.0.0.1"]),
    ];
    let replica = start(keys.clone(), "127.0.0.1:0");
    let statuses = [2, 3, 4].map(|number| status(&replica, number));
    assert_eq!(statuses, ["403", "200", "403"]);
    replica.stop();
}
