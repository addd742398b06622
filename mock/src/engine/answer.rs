//! The way of every request: route, key, reply, admission, faults, head.

use std::net::IpAddr;

use serde_json::Value;

use super::calls::{Open, Watched};
use super::head;
use super::problem::{Problem, Surface};
use super::reply::{Bill, Reply};
use super::route::{self, Route};
use super::switches::{self, fits};
use super::wallet::LOOPBACK;
use super::{Asked, Engine, SEEN, State, keys, spoil, spoil_transport};
use crate::clock::Moment;
use crate::config::Config;
use crate::contract::EstimateHeader;
use crate::edit::{self, Edit};
use crate::fault::Fault;
use crate::incoming::{Answered, CallToken, Delivered, HeadEdits, Incoming};
use crate::ledger::{Denial, LedgerSnapshot, UsageRow};
use crate::money;
use crate::script::{Script, Step};
use crate::seed;

/// What will be written of an answer before its envelope is known.
struct Draft {
    status: u16,
    headers: Vec<(String, String)>,
    steps: Vec<Step>,
    head: HeadEdits,
    edits: Vec<Edit>,
    key: u64,
    surface: Surface,
}

impl Engine {
    /// What to write for a request of this machine, and the name of the call for the other
    /// methods.
    #[must_use]
    pub fn answer(&self, incoming: &Incoming) -> Answered {
        self.answer_from(incoming, LOOPBACK)
    }

    /// As [`Engine::answer`], for a request that came from `peer`.
    #[must_use]
    pub fn answer_from(&self, incoming: &Incoming, peer: IpAddr) -> Answered {
        if let Some(answered) = self.admin(incoming) {
            return answered;
        }
        let now = self.clock.now();
        let surface = route::surface(&incoming.path);
        let asked = match self.asked(incoming, surface, (peer, now)) {
            Ok(asked) => asked,
            Err(problem) => {
                let mut draft = self.draft(incoming, &problem, (surface, 1));
                let mut state = self.state(now);
                draft.edits = switches::at_the_door(&self.config, &state, incoming);
                return state.send(&self.config, draft, now, None);
            }
        };
        let reply = self.reply(&asked);
        let mut state = self.state(now);
        match reply {
            Ok(reply) => self.conclude(&mut state, &asked, reply),
            Err(problem) => self.fail(&mut state, &asked, &problem, None),
        }
    }

    /// Charges the call, if it is open and was not charged.
    pub fn settle(&self, call: &CallToken) {
        let now = self.clock.now();
        self.state(now).settle(call.number, now);
    }

    /// Brings the envelope in `headers` to what holds now. A front does so when it writes the head.
    pub fn head(&self, call: &CallToken, headers: &mut [(String, String)]) {
        let now = self.clock.now();
        let mut state = self.state(now);
        let fresh = state.envelope(&self.config, (call.key, call.number), now, call.head);
        drop(state);
        head::replace(headers, fresh);
        call.edits.iter().for_each(|edit| edit.keep_head(headers));
    }

    /// The script was played to its end. What was not charged by now never is.
    pub fn finish(&self, call: &CallToken) {
        let now = self.clock.now();
        self.state(now).finish(call.number, now);
    }

    /// The client left; the contract says what it pays for what it was sent.
    pub fn abandon(&self, call: &CallToken, delivered: Delivered) {
        let now = self.clock.now();
        let policy = self.config.contract.disconnect;
        self.state(now).abandon(call.number, delivered, policy, now);
    }

    /// The whole truth about the money.
    #[must_use]
    pub fn ledger(&self) -> LedgerSnapshot {
        let now = self.clock.now();
        let mut state = self.state(now);
        let in_flight = state.calls.len() as u64;
        state.ledger.snapshot(now, in_flight)
    }

    fn asked<'a>(
        &self,
        incoming: &'a Incoming,
        surface: Surface,
        (peer, now): (IpAddr, Moment),
    ) -> Result<Asked<'a>, Problem> {
        let contract = self.config.contract;
        let route = Route::find(incoming, contract)?;
        let named = switches::asked_for(&self.config, incoming)?;
        let parts = [
            incoming.method.as_bytes(),
            incoming.path.as_bytes(),
            &incoming.body,
        ];
        let hash = seed::hash(self.config.seed, &parts);
        let mut state = self.state(now);
        let key = if matches!(route, Route::Asset(_)) {
            1
        } else {
            let client = keys::client(incoming, peer, self.config.trust_forwarded_for);
            state
                .keys
                .authenticate(incoming, &route, surface, contract, (client, now))?
        };
        let cell = &mut state.seen[usize::try_from(hash).unwrap_or(0) % SEEN];
        *cell = cell.wrapping_add(1);
        let turn = seed::hash(hash, &[&cell.to_le_bytes()]);
        let mut faults = state.switches.struck(turn, &route, incoming, key);
        drop(state);
        faults.extend(named.into_iter().filter(|fault| fits(*fault, &route)));
        Ok(Asked {
            incoming,
            route,
            surface,
            now,
            hash,
            turn,
            faults,
            key,
        })
    }

    fn reply(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let limit = route::body_limit(&asked.incoming.path);
        if asked.incoming.body.len() > limit {
            return Err(Problem::too_large(limit));
        }
        match &asked.route {
            Route::Text {
                dialect,
                model,
                delivery,
            } => self.text(asked, *dialect, model.as_deref(), *delivery),
            Route::Embeddings => self.embeddings(asked),
            Route::Rerank => self.rerank(asked),
            Route::ImageGenerations => self.image_generations(asked),
            Route::ImageEdits => self.image_edits(asked),
            Route::TaskSubmit => self.task_submit(asked),
            Route::VideoSubmit => self.video_submit(asked),
            Route::TaskQuery => self.task_query(asked),
            Route::TaskCancel(id) => self.task_cancel(asked, id.as_deref()),
            Route::TaskStream(id) => self.task_stream(asked, id),
            Route::VideoQuery(id) => self.video_query(asked, id),
            Route::Models => Ok(self.models(asked)),
            Route::Model(id) => self.model(asked, id),
            Route::UsageRows => self.usage_rows(asked),
            Route::MeUsage => self.usage_buckets(asked),
            Route::Balance => Ok(self.balance(asked)),
            Route::Account => self.account(asked),
            Route::Transactions => self.transactions(asked),
            Route::Webhooks => self.webhooks(asked),
            Route::Webhook(id) => self.webhook(asked, id),
            Route::Deliveries(id) => self.deliveries(asked, id),
            Route::AvailableModels => Ok(self.available_models(asked)),
            Route::Groups => Ok(self.groups()),
            Route::Keys => self.create_key(asked),
            Route::Reveal(id) => self.reveal(asked, id),
            Route::Asset(place) => self.asset(asked, place),
        }
    }

    /// Admits a healthy reply, lets faults edit it, and sends it.
    fn conclude(&self, state: &mut State, asked: &Asked<'_>, mut reply: Reply) -> Answered {
        if let Some(bill) = &mut reply.bill {
            bill.row.key = asked.key;
            if let Err(problem) = state.admit(&self.config, asked, bill.worst) {
                let row = Some(bill.row.clone());
                return self.fail(state, asked, &problem, row);
            }
        }
        if asked.route.is_inference()
            && let Some(problem) = spoil::failure(&asked.faults)
        {
            return self.turn_away(state, asked, reply, &problem);
        }
        let taken = match self.upstream(state, asked, &mut reply) {
            Ok(taken) => taken,
            Err(problem) => return self.turn_away(state, asked, reply, &problem),
        };
        state.remember(std::mem::take(&mut reply.memory), asked);
        if asked.has(Fault::BillFreeEndpoint) {
            state.ledger.take(asked.key, spoil::CENT, asked.now);
        }
        let token_frames = reply.token_frames();
        let cut = spoil::script(&mut reply, asked);
        let cut = taken.finish(&mut reply, cut);
        if reply.bill.is_some() && !cut {
            reply.settle_before_its_end();
        }
        if self.config.contract.estimate_header == EstimateHeader::Sent
            && let Some(bill) = &reply.bill
        {
            let estimate = money::decimal(bill.worst, 6, money::Rounding::Up);
            reply
                .headers
                .push(("x-estimated-credits".to_owned(), estimate));
        }
        let draft = Draft {
            status: reply.status,
            headers: reply.headers,
            steps: reply.steps,
            head: head::edits(&asked.faults),
            edits: switches::edits(&asked.faults, &asked.incoming.path),
            key: asked.key,
            surface: asked.surface,
        };
        let open = (reply.bill.is_some() || reply.watched.is_some()).then(|| {
            let mut open = open(asked, reply.bill, token_frames, reply.watched);
            open.broken = cut;
            state.charge_ahead(&mut open, asked.now);
            open
        });
        state.send(&self.config, draft, asked.now, open)
    }

    pub(super) fn fail(
        &self,
        state: &mut State,
        asked: &Asked<'_>,
        problem: &Problem,
        planned: Option<UsageRow>,
    ) -> Answered {
        if asked.route.is_inference() {
            let mut row =
                planned.unwrap_or_else(|| Bill::new("unknown", asked.route.endpoint(), 0, 0).row);
            row.key = asked.key;
            row.at = asked.now;
            state.misbook_failure(&asked.faults, &row, asked.now);
        }
        let surface = if asked.has(Fault::WrongErrorEnvelope) {
            spoil::other_surface(asked.surface)
        } else {
            asked.surface
        };
        let mut draft = self.draft(asked.incoming, problem, (surface, asked.key));
        draft.head = head::edits(&asked.faults);
        draft.edits = switches::edits(&asked.faults, &asked.incoming.path);
        draft.surface = asked.surface;
        if let Some(disguise) = problem.disguise {
            let Draft {
                status,
                headers,
                steps,
                ..
            } = &mut draft;
            spoil_transport::disguised(disguise, status, headers, steps);
        }
        draft.steps.splice(0..0, self.retried(asked, problem));
        state.send(&self.config, draft, asked.now, None)
    }

    fn draft(
        &self,
        incoming: &Incoming,
        problem: &Problem,
        (surface, key): (Surface, u64),
    ) -> Draft {
        let mut body = problem.body(surface, self.config.contract);
        if surface == Surface::Google && route::is_array(incoming) {
            body = Value::Array(vec![body]);
        }
        let mut reply = Reply::json(&body);
        reply.status = problem.status;
        let Reply {
            status,
            headers,
            steps,
            ..
        } = reply;
        Draft {
            status,
            headers,
            steps,
            head: HeadEdits::default(),
            edits: Vec::new(),
            key,
            surface,
        }
    }
}

fn open(
    asked: &Asked<'_>,
    bill: Option<Bill>,
    token_frames: u64,
    watched: Option<Watched>,
) -> Open {
    Open {
        key: asked.key,
        ahead: 0,
        broken: false,
        hold: bill.as_ref().map_or(0, |bill| bill.worst),
        slot: bill.is_some(),
        bill,
        token_frames,
        faults: asked.faults.clone(),
        watched,
    }
}

impl State {
    /// Reserves what a call may cost.
    fn admit(&mut self, config: &Config, asked: &Asked<'_>, worst: i64) -> Result<(), Problem> {
        let most = config.account.concurrency();
        if most.is_some_and(|most| self.in_flight >= most) {
            return Err(Problem::concurrency());
        }
        if matches!(asked.route, Route::Text { .. }) {
            let messages = self.ledger.messages.check(asked.now);
            messages.map_err(|denial| Problem::counted_out(&denial))?;
        }
        self.ledger
            .admit(asked.key, worst, asked.now)
            .map_err(|denial| denied(&denial))
    }

    fn send(
        &mut self,
        config: &Config,
        mut draft: Draft,
        now: Moment,
        open: Option<Open>,
    ) -> Answered {
        self.next_call += 1;
        let number = self.next_call;
        let tag = seed::hash(config.seed, &[b"request", &number.to_le_bytes()]);
        let request_id = format!("req_{number:08x}{tag:016x}");
        let headers = &mut draft.headers;
        headers.push(("x-request-id".to_owned(), request_id.clone()));
        if draft.surface == Surface::Anthropic {
            headers.push(("request-id".to_owned(), request_id.clone()));
        }
        headers.extend(self.envelope(config, (draft.key, number), now, draft.head));
        let mut script = Script {
            status: draft.status,
            headers: draft.headers,
            steps: draft.steps,
        };
        // A stream of states is edited as it comes about.
        let is_watched = open.as_ref().is_some_and(|open| open.watched.is_some());
        edit::script(&draft.edits, &mut script, is_watched);
        if let Some(mut open) = open {
            if let Some(bill) = &mut open.bill {
                bill.row.request_id.clone_from(&request_id);
            }
            self.in_flight += u32::from(open.slot);
            self.calls.insert(number, open);
        }
        let call = CallToken {
            number,
            key: draft.key,
            request_id,
            head: draft.head,
            edits: draft.edits,
        };
        Answered { script, call }
    }
}

pub(super) fn denied(denial: &Denial) -> Problem {
    Problem::denied(denial, |micros| {
        money::decimal(micros, 2, money::Rounding::Down)
    })
}
