//! What addresses in answers lead to.

use std::time::Duration;

use serde_json::json;
use spikeproof_mock::contract::AssetPath;
use spikeproof_mock::{Config, Contract, Replica};

use crate::client::*;

/// The path and query of the first picture's address.
fn target(client: &Client) -> String {
    let told = client.post(IMAGES, &image()).json();
    let url = told["data"][0]["url"].as_str().expect("an address");
    url[url.find("/assets").expect("it is ours")..].to_owned()
}

#[test]
fn an_address_needs_no_key_and_cannot_be_guessed() {
    let client = Client::healthy();
    let good = target(&client);
    let mut incoming = client.request("GET", &good, "");
    incoming.headers.clear();
    assert_eq!(client.send(&incoming).status, 200);
    let (path, query) = good.split_once('?').unwrap();
    let later = query.replace("expires=17", "expires=18");
    for query in ["", "expires=9999999999", later.as_str()] {
        let answer = client.get(&format!("{path}?{query}"));
        let code = json!("asset_signature_mismatch");
        assert_eq!(
            (answer.status, &answer.json()["error"]["code"]),
            (403, &code),
            "{query}"
        );
    }
    let other = good.replace("1024x1024", "1025x1024");
    assert_eq!(client.get(&other).status, 403);
    assert_eq!(client.get("/assets/img/nothing.png").status, 404);
    assert_eq!(client.post(&good, &json!({})).status, 405);
}

#[test]
fn a_part_is_sent_where_a_part_is_asked_for() {
    let client = Client::healthy();
    let target = target(&client);
    let whole = client.get(&target);
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let tag = whole.header("etag").unwrap().to_owned();
    let part = |range: &str, tag: Option<&str>| {
        let mut incoming = client.request("GET", &target, "");
        incoming
            .headers
            .push(("range".to_owned(), range.to_owned()));
        let tag = tag.map(|tag| ("if-range".to_owned(), tag.to_owned()));
        incoming.headers.extend(tag);
        client.send(&incoming)
    };
    let length = whole.body.len();
    let some = part("bytes=8-15", None);
    assert_eq!(some.status, 206);
    assert_eq!(some.body, whole.body.slice(8..16));
    let told = format!("bytes 8-15/{length}");
    assert_eq!(some.header("content-range"), Some(told.as_str()));
    assert_eq!(some.header("content-type"), Some("image/png"));
    assert_eq!(part("bytes=8-15", Some(&tag)).status, 206);
    assert_eq!(part("bytes=8-15", Some("\"other\"")).body, whole.body);
    let none = part(&format!("bytes={length}-"), None);
    let told = format!("bytes */{length}");
    assert_eq!(
        (none.status, none.header("content-range")),
        (416, Some(told.as_str()))
    );
    assert_eq!(part("bytes=0-0,2-3", None).body, whole.body);
}

#[test]
fn the_other_reading_of_paths_names_model_and_day() {
    let contract = Contract {
        asset_path: AssetPath::Multimodal,
        ..Contract::default()
    };
    let client = Client::new(Config {
        contract,
        ..Config::default()
    });
    let target = target(&client);
    let start = "/assets/multimodal/seedream-v4/2026-05-25/";
    assert!(target.starts_with(start), "{target}");
    assert_eq!(client.get(&target).status, 200);
}

#[tokio::test]
async fn an_asset_downloads_whole_in_part_and_by_its_head_alone_over_a_socket() {
    let replica = Replica::builder().start().expect("a free port");
    let engine = Client {
        engine: std::sync::Arc::clone(replica.engine()),
    };
    let url = engine.post(IMAGES, &image()).json()["data"][0]["url"].clone();
    let url = url.as_str().unwrap();
    let http = crate::fronts::client();
    let whole = http.get(url).send().await.unwrap();
    assert_eq!(whole.status(), 200);
    let length = whole.content_length();
    assert_eq!(length, Some(whole.bytes().await.unwrap().len() as u64));
    let head = http.head(url).send().await.unwrap();
    assert_eq!(head.status(), 200);
    let told = head.headers()["content-length"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(told.parse().ok(), length);
    assert_eq!(head.headers()["content-type"], "image/png");
    assert_eq!(head.bytes().await.unwrap().len(), 0);
    let part = http
        .get(url)
        .header("range", "bytes=-4")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (part.status().as_u16(), part.content_length()),
        (206, Some(4))
    );
    replica.engine().advance(Duration::from_secs(86_400));
    assert_eq!(http.get(url).send().await.unwrap().status(), 403);
    replica.stop();
}
