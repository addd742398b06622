//! Whole bodies that are known.

use std::sync::Arc;

use super::stencil::Stencil;
use super::{Knowledge, MOST_TRIES, Request, Taught};
use crate::endpoint::Endpoint;
use crate::json::{self, Value};
use crate::judge::unknown::Unknowns;
use crate::protocol::{Asked, BodyEnd};

/// Bodies that are known of one protocol.
const MOST_BODIES: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Bodies {
    known: Vec<KnownBody>,
}

/// What a body must share with one that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::judge) struct Sight {
    pub(in crate::judge) endpoint: Endpoint,
    pub(in crate::judge) status: u16,
    pub(in crate::judge) end: BodyEnd,
}

#[derive(Debug)]
struct KnownBody {
    sight: Sight,
    skeleton: u64,
    stencil: Stencil,
    lesson: Option<BodyLesson>,
    tries: u8,
    is_vain: bool,
}

/// What is known of a body's rules.
#[derive(Debug)]
pub(in crate::judge) struct BodyLesson {
    pub(in crate::judge) asked: Request,
    pub(in crate::judge) gateway: Taught,
    pub(in crate::judge) own: Taught,
    /// What of it no shape names.
    pub(in crate::judge) unknown: Unknowns,
}

impl BodyLesson {
    /// Of the gateway's rules and of the protocol's, whom to ask.
    pub(in crate::judge) fn asks(&self, asked: &Arc<Asked>) -> (&super::Asks, &super::Asks) {
        let kin = self.asked.kin(asked);
        (self.gateway.asks(kin), self.own.asks(kin))
    }
}

impl Knowledge {
    /// Shows a body that is known, and what is known of it. `None`: it is not.
    pub(in crate::judge) fn recall_body<T>(
        &mut self,
        sight: Sight,
        raw: &[u8],
        see: impl FnOnce(&Value, &BodyLesson) -> T,
    ) -> Option<T> {
        let known = &mut self.bodies.known;
        let place = known.iter_mut().position(|known| {
            let is_taught = known.sight == sight && known.lesson.is_some();
            is_taught && known.stencil.take(raw, 0) == Some(raw.len())
        })?;
        // The likeliest first.
        known[..=place].rotate_right(1);
        let known = known.first()?;
        Some(see(known.stencil.value(), known.lesson.as_ref()?))
    }

    /// Meets a body that was read in full and is clean, and has it taught where it is worth while:
    /// `teach` is shown the value and the ways to what is watched.
    pub(in crate::judge) fn meet_body(
        &mut self,
        sight: Sight,
        raw: &[u8],
        value: &Value,
        teach: impl FnOnce(&[(&Value, bool)]) -> Option<BodyLesson>,
    ) {
        let skeleton = json::skeleton(value);
        let mut bodies = self.bodies.known.iter_mut();
        let found = bodies.find(|known| known.sight == sight && known.skeleton == skeleton);
        let Some(known) = found else {
            if self.bodies.known.len() < MOST_BODIES && self.claim(raw.len()) {
                self.bodies.known.push(KnownBody {
                    sight,
                    skeleton,
                    stencil: Stencil::new(raw, 0..raw.len(), value.clone()),
                    lesson: None,
                    tries: 0,
                    is_vain: false,
                });
            }
            return;
        };
        if known.is_vain {
            return;
        }
        known.tries += 1;
        known.is_vain |= known.tries > MOST_TRIES;
        if known.stencil.take(raw, 0) != Some(raw.len()) {
            known.lesson = None;
            known.is_vain |= !known.stencil.widen(raw, 0..raw.len(), value.clone());
        }
        if known.is_vain {
            return;
        }
        let holes = known.stencil.ways();
        let holes = holes.filter_map(|(way, is_noise)| Some((value.at(way)?, is_noise)));
        known.lesson = teach(&holes.collect::<Vec<_>>());
    }
}
