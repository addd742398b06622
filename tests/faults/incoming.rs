//! A request as the replica's engine takes it, without a socket between.

use spikeproof::protocol::{Auth, Credential, Draft};
use spikeproof_mock::Incoming;

/// `base`: what the draft's address may begin with. `secret`: the key that it is sent with.
pub(crate) fn incoming(base: &str, secret: &str, draft: &Draft) -> Incoming {
    let target = draft.path.strip_prefix(base).unwrap_or(&draft.path);
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    let headers = draft.headers.iter();
    let mut incoming = Incoming {
        method: draft.method.to_owned(),
        path: path.to_owned(),
        query,
        headers: headers
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
        body: draft.body.clone(),
    };
    let (auth, key) = match draft.auth {
        Credential::Key(auth) => (auth, secret),
        Credential::Wrong(auth) => (auth, "sk-byts-0000000000000000000000000000000000000000"),
        Credential::Absent => return incoming,
    };
    let (name, value) = match auth {
        Auth::Bearer => ("authorization", format!("Bearer {key}")),
        Auth::XApiKey => ("x-api-key", key.to_owned()),
        Auth::XGoogApiKey => ("x-goog-api-key", key.to_owned()),
        Auth::Query => {
            let earlier = incoming.query.take().map(|query| query + "&");
            incoming.query = Some(format!("{}key={key}", earlier.unwrap_or_default()));
            return incoming;
        }
    };
    incoming.headers.push((name.to_owned(), value));
    incoming
}
