//! Requests that have been put together: most differ from an earlier one in nothing but the body.

use std::cell::RefCell;
use std::sync::Arc;

use hyper::{HeaderMap, Method, Uri};

use crate::outcome::Failure;
use crate::protocol::{Credential, Draft};

/// Requests that are kept; where more kinds take turns each is put together anew.
const MOST: usize = 16;

/// A request line and headers, the credential among them.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: Uri,
    pub(super) headers: HeaderMap,
}

/// What a request was put together from.
struct Known {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    auth: Credential,
    ready: Arc<Ready>,
}

impl Known {
    fn is(&self, draft: &Draft) -> bool {
        self.path == draft.path
            && self.method == draft.method
            && self.auth == draft.auth
            && self.headers == draft.headers
    }
}

/// The last ones of one client, whose key is always the same.
#[derive(Default)]
pub(super) struct Shelf {
    known: RefCell<Vec<Known>>,
}

impl Shelf {
    /// The request line and headers of a draft; `make` puts them together where that was not done
    /// before.
    pub(super) fn ready(
        &self,
        draft: &Draft,
        make: impl FnOnce() -> Result<Ready, Failure>,
    ) -> Result<Arc<Ready>, Failure> {
        let mut known = self.known.borrow_mut();
        if let Some(known) = known.iter().find(|known| known.is(draft)) {
            return Ok(Arc::clone(&known.ready));
        }
        let ready = Arc::new(make()?);
        if known.len() == MOST {
            known.remove(0);
        }
        known.push(Known {
            method: draft.method,
            path: draft.path.clone(),
            headers: draft.headers.clone(),
            auth: draft.auth,
            ready: Arc::clone(&ready),
        });
        Ok(ready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Endpoint;
    use crate::protocol::{Asked, Auth, Delivery};

    fn draft(path: &str) -> Draft {
        Draft {
            method: "POST",
            path: path.to_owned(),
            headers: vec![("content-type", "application/json".to_owned())],
            body: bytes::Bytes::new(),
            auth: Credential::Key(Auth::Bearer),
            asked: Arc::new(Asked::of(Endpoint::ChatCompletions, Delivery::Unary)),
        }
    }

    /// Whether it had to be put together.
    fn is_made(shelf: &Shelf, draft: &Draft) -> bool {
        let mut is_made = false;
        let ready = shelf.ready(draft, || {
            is_made = true;
            Ok(Ready {
                method: Method::POST,
                target: draft.path.parse().unwrap(),
                headers: HeaderMap::new(),
            })
        });
        assert_eq!(ready.unwrap().target.path(), draft.path);
        is_made
    }

    #[test]
    fn what_differs_in_anything_but_its_body_is_another_request() {
        let shelf = Shelf::default();
        let first = draft("/a");
        assert!(is_made(&shelf, &first));
        let mut like = first.clone();
        like.body = "{}".into();
        assert!(!is_made(&shelf, &like));
        let [mut method, mut header, mut auth] = [0; 3].map(|_| first.clone());
        method.method = "GET";
        header.headers[0].1.push('x');
        auth.auth = Credential::Wrong(Auth::Bearer);
        for other in [draft("/b"), method, header, auth] {
            assert!(is_made(&shelf, &other), "{other:?}");
            assert!(!is_made(&shelf, &other), "{other:?}");
        }
        assert!(!is_made(&shelf, &first));
    }

    #[test]
    fn only_so_many_are_kept() {
        let shelf = Shelf::default();
        for number in 0..1_000 {
            assert!(is_made(&shelf, &draft(&format!("/{number}"))));
        }
        assert_eq!(shelf.known.borrow().len(), MOST);
        assert!(!is_made(&shelf, &draft("/999")) && is_made(&shelf, &draft("/0")));
    }
}
