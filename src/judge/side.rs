//! One protocol's rules and state during one answer, and the gateway's rules beside them.

use super::family::{Asking, Family};
use super::tally::Tally;
use crate::json::Value;
use crate::protocol::repeat::Repeat;
use crate::protocol::{Asked, BodyEnd, Event, Facts, Head, Meaning, Protocol};
use crate::rules::{Ended, Opened, Tail, Transition, Whole};

/// `type`, `code` or `status`, and the message, of any of the envelopes in use.
pub(super) fn told_error(body: &Value) -> Option<(String, String)> {
    let error = body.get(0).unwrap_or(body).get("error")?;
    let word = |key: &str| error.get(key).and_then(Value::as_str);
    let kind = word("code")
        .or_else(|| word("type"))
        .or_else(|| word("status"));
    let message = word("message").unwrap_or_default();
    Some((kind.unwrap_or_default().to_owned(), message.to_owned()))
}

/// A protocol at work on one answer.
pub(super) struct Side<P: Protocol> {
    family: &'static Family<P::State>,
    state: P::State,
    /// Which of the family's rules are asked of events of each known form.
    askings: Vec<Option<Asking>>,
    /// In proofs, what events that are applied in full have made of it.
    #[cfg(test)]
    twin: P::State,
}

/// What all sides can do, whatever their state.
pub(super) trait Reading: Send {
    /// Which events repeat each other.
    fn repeats(&self) -> &'static [Repeat];
    /// An event that repeats one that was judged, but for its text.
    fn repeat(&mut self, asked: &Asked, head: &Head, event: &Event<'_>, t: &mut Tally) -> Meaning;
    fn head(&mut self, opened: &Opened<'_>, tally: &mut Tally);
    fn event(&mut self, asked: &Asked, head: &Head, event: &Event<'_>, t: &mut Tally) -> Meaning;
    fn body(&mut self, asked: &Asked, head: &Head, body: &Body<'_>, tally: &mut Tally);
    fn end(&mut self, asked: &Asked, head: &Head, close: &Close<'_>, tally: &mut Tally);
    fn facts(&self) -> Facts;
    /// Takes in a repetition and says what is to be said against not asking every rule of it.
    #[cfg(test)]
    fn prove(&mut self, a: &Asked, head: &Head, event: &Event<'_>, t: &mut Tally) -> Vec<String>;
}

/// A whole body and how it ended.
pub(super) struct Body<'a> {
    pub(super) value: Result<&'a Value, &'a str>,
    pub(super) raw: &'a [u8],
    pub(super) end: BodyEnd,
}

/// A stream's end, with its last bytes as evidence.
pub(super) struct Close<'a> {
    pub(super) end: BodyEnd,
    pub(super) tail: Tail,
    pub(super) last: &'a [u8],
}

impl<P: Protocol> Side<P> {
    pub(super) fn new(family: &'static Family<P::State>) -> Self {
        Self {
            family,
            state: P::State::default(),
            askings: Vec::new(),
            #[cfg(test)]
            twin: P::State::default(),
        }
    }
}

impl<P: Protocol> Reading for Side<P> {
    fn head(&mut self, opened: &Opened<'_>, tally: &mut Tally) {
        self.family.head(opened, tally);
    }

    fn repeats(&self) -> &'static [Repeat] {
        P::REPEATS
    }

    fn repeat(&mut self, asked: &Asked, head: &Head, event: &Event<'_>, t: &mut Tally) -> Meaning {
        let transition = Transition {
            asked,
            head,
            before: &self.state,
            event,
        };
        self.family.repeat(&transition, t);
        P::repeat(&mut self.state, event)
    }

    fn event(&mut self, asked: &Asked, head: &Head, event: &Event<'_>, t: &mut Tally) -> Meaning {
        let asking = event.known_form.map(|form| {
            let places = self.askings.len().max(form + 1);
            self.askings.resize_with(places, || None);
            let asking = self.askings[form].get_or_insert_with(|| self.family.asking(event));
            &**asking
        });
        let transition = Transition {
            asked,
            head,
            before: &self.state,
            event,
        };
        self.family.event(&transition, asking, t);
        // A standard reader hands nothing of a block that was not closed to its client.
        if event.frame.lines.closed {
            #[cfg(test)]
            P::apply(&mut self.twin, event);
            P::apply(&mut self.state, event)
        } else {
            Meaning::default()
        }
    }

    fn body(&mut self, asked: &Asked, head: &Head, body: &Body<'_>, tally: &mut Tally) {
        if head.is_success()
            && let Ok(value) = body.value
        {
            P::apply_body(&mut self.state, value);
        }
        let Body { value, raw, end } = *body;
        let whole = Whole {
            asked,
            head,
            state: &self.state,
            body: value,
            raw,
            end,
        };
        self.family.body(&whole, tally);
    }

    fn end(&mut self, asked: &Asked, head: &Head, close: &Close<'_>, tally: &mut Tally) {
        let Close { end, tail, last } = *close;
        self.family.end(
            &Ended {
                asked,
                head,
                state: &self.state,
                end,
                tail,
            },
            last,
            tally,
        );
    }

    fn facts(&self) -> Facts {
        P::facts(&self.state)
    }

    #[cfg(test)]
    fn prove(&mut self, a: &Asked, head: &Head, event: &Event<'_>, t: &mut Tally) -> Vec<String> {
        let transition = Transition {
            asked: a,
            head,
            before: &self.state,
            event,
        };
        let mut faults = super::repeats::prove(self.family, &transition);
        let before = format!("{:?}", self.state);
        let shorter = self.repeat(a, head, event, t);
        let meaning = P::apply(&mut self.twin, event);
        let after = format!("{:?}", self.state);
        if before != after {
            faults.push(format!("the state was\n{before}\nand is\n{after}"));
        }
        if !crate::protocol::flow::same(&self.state, &self.twin) || shorter != meaning {
            faults.push("the shorter way leads elsewhere".to_owned());
        }
        faults
    }
}
