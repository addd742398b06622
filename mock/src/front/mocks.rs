//! The engine as a `wiremock` mock: every answer whole and at once.

use std::sync::Arc;

use wiremock::{Mock, Request, Respond, ResponseTemplate};

use crate::engine::Engine;
use crate::incoming::Incoming;
use crate::script::{Frame, Step};

/// Mocks that answer every request as the engine would, bodies whole and without waiting.
///
/// Mount them on any `wiremock::MockServer`. What a socket alone can show is lost: a stall or a
/// reset ends the body early, as far as it had come. Nobody is called back: what is owed to a
/// `callback_url` or a webhook is in [`Engine::due_notices`].
#[must_use]
pub fn mocks(engine: &Arc<Engine>) -> Vec<Mock> {
    let responder = Responder {
        engine: Arc::clone(engine),
    };
    vec![Mock::given(wiremock::matchers::any()).respond_with(responder)]
}

struct Responder {
    engine: Arc<Engine>,
}

impl Respond for Responder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let incoming = incoming(request);
        let answered = self.engine.answer(&incoming);
        let mut script = answered.script;
        let mut steps = script.steps;
        if steps.last() == Some(&Step::Continue) {
            steps.pop();
            steps.extend(self.engine.foresee(&answered.call));
        }
        let body_begins = steps.iter().position(|step| !step.is_lead_in());
        let mut body = Vec::new();
        for (index, step) in steps.into_iter().enumerate() {
            if Some(index) == body_begins {
                self.engine.head(&answered.call, &mut script.headers);
            }
            match step {
                Step::Wait(_) | Step::Slot | Step::Work(_) | Step::Head | Step::Continue => {}
                Step::Settle => self.engine.settle(&answered.call),
                Step::Frame(Frame { bytes, .. }) => body.extend_from_slice(&bytes),
                Step::Stall | Step::Reset | Step::Close => break,
            }
        }
        self.engine.finish(&answered.call);
        template(script.status, &script.headers, body)
    }
}

fn template(status: u16, headers: &[(String, String)], body: Vec<u8>) -> ResponseTemplate {
    let mut template = ResponseTemplate::new(status);
    let mut media_type = None;
    for (name, value) in headers {
        if name == "content-type" {
            media_type = Some(value.as_str());
        } else if name != "content-length" {
            template = template.append_header(name.as_str(), value.as_str());
        }
    }
    match media_type {
        Some(media_type) => template.set_body_raw(body, media_type),
        None => template.set_body_bytes(body),
    }
}

fn incoming(request: &Request) -> Incoming {
    let headers = request.headers.iter().map(|(name, value)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    Incoming {
        method: request.method.as_str().to_owned(),
        path: request.url.path().to_owned(),
        query: request.url.query().map(str::to_owned),
        headers: headers.collect(),
        body: request.body.clone().into(),
    }
}
