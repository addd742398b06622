//! One protocol's rules and state during one answer, and the gateway's rules beside them.

use std::sync::Arc;

use super::family::{Asking, Family};
use super::memory::{Asks, HeadTaught, Kin, Lesson, Taught};
use super::tally::Tally;
use super::weights::Weights;
use crate::json::Value;
#[cfg(test)]
use crate::protocol::repeat::Hole;
use crate::protocol::repeat::{Repeat, Spot};
use crate::protocol::{Asked, BodyEnd, Event, Facts, Head, Meaning, Protocol};
use crate::reads::{self, Part};
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
    /// In proofs, where the text of further repetitions goes, and what they mean.
    #[cfg(test)]
    spot: Option<(Spot, Meaning)>,
}

/// What all sides can do, whatever their state.
pub(super) trait Reading: Send {
    /// Which events repeat each other.
    fn repeats(&self) -> &'static [Repeat];
    /// An event that repeats one that was judged, but for its text. With a spot, of further ones
    /// like it only the text need be told.
    fn repeat(
        &mut self,
        asked: &Asked,
        head: &Head,
        event: &Event<'_>,
        tally: &mut Tally,
    ) -> (Meaning, Option<Spot>);
    /// Such a text.
    fn say(&mut self, spot: Spot, text: &str);
    fn head(&mut self, opened: &Opened<'_>, tally: &mut Tally);
    fn event(&mut self, asked: &Asked, head: &Head, event: &Event<'_>, t: &mut Tally) -> Meaning;
    fn body(&mut self, asked: &Asked, head: &Head, body: &Body<'_>, tally: &mut Tally);
    fn end(&mut self, asked: &Asked, head: &Head, close: &Close<'_>, tally: &mut Tally);
    fn facts(&self) -> Facts;
    /// A head like that of an earlier answer ([`Family::recalled_head`]).
    fn recalled_head(&self, o: &Opened<'_>, taught: &HeadTaught, change: (u64, Kin), t: &mut Tally);
    /// Asks the rules of a head; the caller watches. `None`: somebody fails.
    fn teach_head(&self, opened: &Opened<'_>, weights: &Weights) -> Option<HeadTaught>;
    /// An event like one of an earlier answer. `None`: somebody fails; nothing has changed then.
    fn recalled(
        &mut self,
        asked: &Arc<Asked>,
        head: &Head,
        event: &Event<'_>,
        lesson: &Lesson,
        tally: &mut Tally,
    ) -> Option<Meaning>;
    /// Before an event is shown to the rules: asks them while they are watched. `holes`: the ways
    /// to what may be other, and whether it may be empty. `None`: somebody fails.
    fn teach(
        &self,
        asked: &Arc<Asked>,
        head: &Head,
        event: &Event<'_>,
        holes: &[(Vec<usize>, bool)],
        weights: &Weights,
    ) -> Option<Lesson>;
    /// Whether the answer has said that it is over.
    fn is_over(&self) -> bool;
    /// A whole body like one of an earlier answer.
    fn recalled_body(
        &mut self,
        asked: &Asked,
        head: &Head,
        body: &Body<'_>,
        asks: &Asks,
        t: &mut Tally,
    );
    /// The same as [`Self::teach`] of a whole body that was taken in; the caller watches.
    fn teach_body(
        &self,
        asked: &Asked,
        head: &Head,
        body: &Body<'_>,
        weights: &Weights,
    ) -> Option<Taught>;
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

/// What rules see of an event.
fn transition<'a, P: Protocol>(
    asked: &'a Asked,
    head: &'a Head,
    state: &'a P::State,
    event: &'a Event<'a>,
) -> Transition<'a, P::State> {
    Transition {
        asked: Part::of(asked),
        head: Part::of(head),
        before: Part::of(state),
        is_over: P::is_over(state),
        event,
    }
}

impl<P: Protocol> Side<P> {
    pub(super) fn new(family: &'static Family<P::State>) -> Self {
        Self {
            family,
            state: P::State::default(),
            askings: Vec::new(),
            #[cfg(test)]
            twin: P::State::default(),
            #[cfg(test)]
            spot: None,
        }
    }

    fn take_body(&mut self, head: &Head, body: &Body<'_>) {
        if head.is_success()
            && let Ok(value) = body.value
        {
            P::apply_body(&mut self.state, value);
        }
    }

    fn whole<'a>(
        &'a self,
        asked: &'a Asked,
        head: &'a Head,
        body: &Body<'a>,
    ) -> Whole<'a, P::State> {
        Whole {
            asked: Part::of(asked),
            head: Part::of(head),
            state: Part::of(&self.state),
            body: body.value,
            raw: Part::of(body.raw),
            end: body.end,
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

    fn repeat(
        &mut self,
        asked: &Asked,
        head: &Head,
        event: &Event<'_>,
        tally: &mut Tally,
    ) -> (Meaning, Option<Spot>) {
        let transition = transition::<P>(asked, head, &self.state, event);
        let is_asked = self.family.repeat(&transition, tally);
        let meaning = P::repeat(&mut self.state, event);
        let spot = (!is_asked).then(|| P::spot(&self.state, event));
        (meaning, spot.flatten())
    }

    fn say(&mut self, spot: Spot, text: &str) {
        P::say(&mut self.state, spot, text);
    }

    fn event(&mut self, asked: &Asked, head: &Head, event: &Event<'_>, t: &mut Tally) -> Meaning {
        let asking = event.known_form.map(|form| {
            let places = self.askings.len().max(form + 1);
            self.askings.resize_with(places, || None);
            let asking = self.askings[form].get_or_insert_with(|| self.family.asking(event));
            &**asking
        });
        let transition = transition::<P>(asked, head, &self.state, event);
        self.family.event(&transition, asking, t);
        // A standard reader hands nothing of a block that was not closed to its client.
        if event.lines().closed {
            #[cfg(test)]
            P::apply(&mut self.twin, event);
            #[cfg(test)]
            self.spot.take();
            P::apply(&mut self.state, event)
        } else {
            Meaning::default()
        }
    }

    fn body(&mut self, asked: &Asked, head: &Head, body: &Body<'_>, tally: &mut Tally) {
        self.take_body(head, body);
        let whole = self.whole(asked, head, body);
        self.family.body(&whole, tally);
    }

    fn recalled_head(
        &self,
        opened: &Opened<'_>,
        taught: &HeadTaught,
        change: (u64, Kin),
        tally: &mut Tally,
    ) {
        self.family.recalled_head(opened, taught, change, tally);
    }

    fn teach_head(&self, opened: &Opened<'_>, weights: &Weights) -> Option<HeadTaught> {
        self.family.teach_head(opened, weights)
    }

    fn recalled(
        &mut self,
        asked: &Arc<Asked>,
        head: &Head,
        event: &Event<'_>,
        lesson: &Lesson,
        tally: &mut Tally,
    ) -> Option<Meaning> {
        let asks = lesson.asks(asked, event.is_new_form);
        let transition = transition::<P>(asked, head, &self.state, event);
        if !self.family.recalled(&transition, asks, tally) {
            return None;
        }
        #[cfg(debug_assertions)]
        self.family
            .prove_recalled(&transition, asks, &tally.weights);
        #[cfg(test)]
        P::apply(&mut self.twin, event);
        Some(P::apply(&mut self.state, event))
    }

    fn teach(
        &self,
        asked: &Arc<Asked>,
        head: &Head,
        event: &Event<'_>,
        holes: &[(Vec<usize>, bool)],
        weights: &Weights,
    ) -> Option<Lesson> {
        let taught = |is_new_form| {
            let value = event.json()?.clone();
            let event = Event::again(event.frame(), value, event.kind(), is_new_form);
            let json = event.json()?;
            let watched = holes.iter();
            let watched = watched.filter_map(|(way, is_noise)| Some((json.at(way)?, *is_noise)));
            let transition = transition::<P>(asked, head, &self.state, &event);
            reads::watching(watched, || self.family.teach(&transition, weights))
        };
        let (new, again) = (taught(true)?, taught(false)?);
        Some(Lesson::of(asked, self.is_over(), new, again))
    }

    fn is_over(&self) -> bool {
        P::is_over(&self.state)
    }

    fn recalled_body(
        &mut self,
        asked: &Asked,
        head: &Head,
        body: &Body<'_>,
        asks: &Asks,
        tally: &mut Tally,
    ) {
        self.take_body(head, body);
        let whole = self.whole(asked, head, body);
        self.family.recalled_body(&whole, asks, tally);
    }

    fn teach_body(
        &self,
        asked: &Asked,
        head: &Head,
        body: &Body<'_>,
        weights: &Weights,
    ) -> Option<Taught> {
        let whole = self.whole(asked, head, body);
        self.family.teach_body(&whole, weights)
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
        let transition = transition::<P>(a, head, &self.state, event);
        let mut faults = super::memory::prove(self.family, &transition);
        let before = format!("{:?}", self.state);
        let shorter = if let Some((spot, meaning)) = self.spot {
            self.say(spot, text_of::<P>(event));
            meaning
        } else {
            let (meaning, spot) = self.repeat(a, head, event, t);
            self.spot = spot.map(|spot| (spot, meaning));
            meaning
        };
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

/// The text that an event says which repeats another.
#[cfg(test)]
fn text_of<'a, P: Protocol>(event: &'a Event<'_>) -> &'a str {
    let holes = P::REPEATS.iter().flat_map(|repeat| repeat.holes);
    let mut texts = holes.filter_map(|hole| match hole {
        Hole::Text(pointer) => event.json()?.pointer(pointer)?.as_str(),
        Hole::Noise(_) | Hole::Number(_) | Hole::Padding(_) => None,
    });
    texts.next().expect("it says a text")
}
