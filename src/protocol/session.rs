//! A session: turns of one conversation, each with all that was said and answered before it.

use std::collections::VecDeque;

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::contract::Case;
use super::conversation::{Answered, Conversation, Outgoing, Turns};
use super::step::Step;
use super::{drafts, prompt};
use crate::draw::{self, mixed};
use crate::scenario::request::{NextTurn, Prompt, TextCall, Turn, TurnWait};

/// Bytes that a session carries on with at most; one that has grown longer ends there.
const MOST_SAID: usize = 4 << 20;

/// One session under way.
pub struct Session {
    /// As it stands: the history, and the prompt that was sent last.
    call: TextCall,
    turns: VecDeque<NextTurn>,
    seed: u64,
    waits: Xoshiro256PlusPlus,
    expect: Option<Vec<u16>>,
    said: usize,
    turned: Turns,
}

impl Session {
    pub fn new(call: &TextCall, turns: &[NextTurn], seed: u64, expect: Option<&[u16]>) -> Self {
        let planned = u32::try_from(turns.len() + 1).unwrap_or(u32::MAX);
        let mut session = Self {
            call: call.clone(),
            turns: turns.iter().cloned().collect(),
            seed,
            waits: Xoshiro256PlusPlus::seed_from_u64(mixed(seed, 0x7475_726e)),
            expect: expect.map(<[u16]>::to_vec),
            said: 0,
            turned: Turns {
                planned,
                answered: 0,
            },
        };
        session.write_out(0);
        session
    }

    /// The prompt becomes its text, as history it must stay what it was.
    fn write_out(&mut self, turn: u32) {
        let seed = if turn == 0 {
            self.seed
        } else {
            mixed(self.seed, u64::from(turn))
        };
        self.call.prompt = Prompt::Text(prompt::text(&self.call.prompt, seed));
    }

    fn outgoing(&self, step: Step) -> Outgoing {
        let draft = drafts::text(&self.call, self.seed);
        Outgoing::of(step, Case::Healthy, draft).deciding(self.expect.as_deref())
    }

    /// What was asked and answered last, if the session can go on with it.
    fn last(&self, answered: &Answered<'_>) -> Option<Turn> {
        let facts = answered.facts;
        let is_good = answered.head.is_success() && facts.complete && facts.error.is_none();
        let said = answered
            .said
            .filter(|said| is_good && !said.trim().is_empty())?;
        let Prompt::Text(user) = &self.call.prompt else {
            return None;
        };
        Some(Turn {
            user: user.clone(),
            assistant: said.to_owned(),
        })
    }
}

impl Conversation for Session {
    fn first(&mut self) -> Outgoing {
        self.outgoing(Step::Call)
    }

    fn next(&mut self, answered: &Answered<'_>) -> Option<Outgoing> {
        let last = self.last(answered)?;
        self.turned.answered += 1;
        let next = self.turns.pop_front()?;
        self.said += last.user.len() + last.assistant.len();
        if self.said > MOST_SAID {
            return None;
        }
        self.call.history.push(last);
        self.call.prompt = next.prompt;
        self.call.max_tokens = next.max_tokens.or(self.call.max_tokens);
        self.write_out(self.turned.answered);
        let outgoing = self.outgoing(Step::Turn);
        Some(match next.wait {
            TurnWait::Think(time) => outgoing.after(draw::wait(time, &mut self.waits)),
            TurnWait::Since(since) => Outgoing {
                since: Some(since),
                ..outgoing
            },
        })
    }

    fn turns(&self) -> Option<Turns> {
        Some(self.turned)
    }
}
