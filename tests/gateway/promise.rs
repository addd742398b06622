//! What a promise is, and how it is proven.

use spikeproof_mock::{Config, Contract, Fault, FaultSetting};

use crate::target::Given;

/// What a check says: nothing, or how the promise was broken.
pub(crate) type Held = Result<(), String>;

/// What it takes to check a promise on a live gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// An ordinary key that can pay.
    Out,
    /// The same, and noticeable money or exact books.
    OutMoney,
    /// A specially made key, account or tier.
    Key,
    /// Control over the upstream or the ledger.
    Rep,
}

impl Check {
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::Out => "OUT",
            Self::OutMoney => "OUT$",
            Self::Key => "KEY",
            Self::Rep => "REP",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Promise {
    /// `gw_001_` and what holds; the name of its test as well.
    pub(crate) name: &'static str,
    /// In our words.
    pub(crate) says: &'static str,
    pub(crate) check: Check,
    pub(crate) page: &'static str,
    /// The contradiction that another page makes of it.
    pub(crate) doubted: Option<&'static str>,
    /// Switches that it depends on, each with the readings under which it holds, the one that it
    /// is tried under first. Under every other reading its check must fail.
    pub(crate) switches: &'static [(&'static str, &'static [&'static str])],
    /// Rules that watch for it on a live target.
    pub(crate) rules: &'static [&'static str],
    /// Replicas on which the check must fail.
    pub(crate) opponents: &'static [Opponent],
    pub(crate) holds: fn(&Given) -> Held,
}

impl Promise {
    /// A promise that depends on nothing and has no opponent yet.
    pub(crate) const fn plain(
        name: &'static str,
        says: &'static str,
        holds: fn(&Given) -> Held,
    ) -> Self {
        Self {
            name,
            says,
            check: Check::Out,
            page: "",
            doubted: None,
            switches: &[],
            rules: &[],
            opponents: &[],
            holds,
        }
    }

    /// `GW-001`.
    pub(crate) fn id(&self) -> String {
        format!("GW-{}", self.name.get(3..6).unwrap_or("???"))
    }
}

/// A replica that breaks a promise.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Opponent {
    /// With this fault, at every request.
    Fault(&'static str),
    /// That does not know this word in a request: a header, a parameter or a field.
    Deaf(&'static str),
    /// Whose answers have the second text wherever they should have the first.
    Says(&'static str, &'static str),
    /// That answers with the second status wherever it should with the first.
    Answers(u16, u16),
    /// Whose clock stands still.
    Frozen,
    /// Set up in another way, and what that is.
    Set(
        #[expect(dead_code, reason = "told by `Debug`")] &'static str,
        fn(&mut Config),
    ),
}

/// Writes a section's table and one test a row.
macro_rules! promises {
    ($($(#[doc = $says:literal])+ $name:ident { $($field:ident: $value:expr),+ $(,)? })+) => {
        pub(crate) static PROMISES: &[$crate::promise::Promise] = &[$($crate::promise::Promise {
            $($field: $value,)+
            ..$crate::promise::Promise::plain(stringify!($name), concat!($($says),+), $name)
        }),+];

        #[cfg(test)]
        mod promised {
            $(#[test] fn $name() {
                $crate::promise::prove(super::PROMISES, stringify!($name));
            })+
        }
    };
}
pub(crate) use promises;

/// Breaks off a check with what is wrong.
macro_rules! ensure {
    ($held:expr, $($what:tt)+) => {
        if !$held {
            return Err(format!($($what)+));
        }
    };
}
pub(crate) use ensure;

/// Breaks off a check where two values differ.
#[expect(
    clippy::needless_pass_by_value,
    reason = "most of what is compared was just made"
)]
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, wanted: T) -> Held {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{what} is {found:?}, not {wanted:?}"))
}

/// Holds the promise to its check under each of its readings, and the check to its opponents.
pub(crate) fn prove(promises: &'static [Promise], name: &str) {
    let promise = promises.iter().find(|promise| promise.name == name);
    let promise = promise.expect("the macro writes both from one name");
    let what = format!("{} ({})", promise.id(), promise.says.trim());
    for (contract, is_holding, reading) in readings(promise) {
        let held = (promise.holds)(&Given::new(contract, None));
        match (is_holding, held) {
            (true, Err(why)) => panic!("{what} does not hold{reading}: {why}"),
            (false, Ok(())) => panic!("{what} holds{reading}, where it should not"),
            (true, Ok(())) | (false, Err(_)) => {}
        }
    }
    let usual = base(promise);
    for opponent in promise.opponents {
        if (promise.holds)(&Given::new(usual, Some(opponent))).is_ok() {
            panic!("{what}: the check does not notice {opponent:?}");
        }
    }
}

/// The contract that a promise is tried under: the default but for its own switches.
fn base(promise: &Promise) -> Contract {
    let mut contract = Contract::default();
    for (id, holding) in promise.switches {
        let reading = holding.first().expect("a promise holds under some reading");
        set(&mut contract, id, reading);
    }
    contract
}

fn set(contract: &mut Contract, id: &str, reading: &str) {
    if let Err(error) = contract.set(id, reading) {
        panic!("{error}");
    }
}

/// The base, and each reading of each of the promise's switches, with whether it must hold then.
fn readings(promise: &Promise) -> Vec<(Contract, bool, String)> {
    let mut readings = vec![(base(promise), true, String::new())];
    for (id, holding) in promise.switches {
        let switch = Contract::switches()
            .into_iter()
            .find(|known| known.id == *id);
        for reading in switch.expect("the table of switches has it").readings {
            let mut contract = base(promise);
            set(&mut contract, id, reading);
            let told = format!(" with {id}={reading}");
            readings.push((contract, holding.contains(&reading), told));
        }
    }
    readings
}

/// The setting for a fault that always strikes.
pub(crate) fn always(name: &str) -> FaultSetting {
    let fault = Fault::parse(name);
    FaultSetting {
        fault: fault.unwrap_or_else(|| panic!("the replica has no fault `{name}`")),
        probability: 1.0,
    }
}
