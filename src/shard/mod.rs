//! One run made by several processes that know nothing of each other.
//!
//! Shard *i* of *n* makes the calls whose number is *i* modulo *n*, which is all that it has to be
//! told: the plan is a pure function of scenario and seed. It decides nothing, since percentiles
//! cannot be put together from percentiles and the money that one of them sees move is everybody's.
//! It writes [`Header`], sums and evidence into a file ([`SCHEMA`]), and `merge` adds them up and
//! concludes, as a run by itself does.

mod file;
mod merge;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use file::{Header, Overrides, ShardFile, read, write};
pub use merge::{Complaint, Order, Together, put_together};

use crate::scenario::Environment;

/// The form of the file. Changes whenever a reader of the old form would be misled.
pub const SCHEMA: &str = "spikeproof/shard/2";

/// What the file is called in a results folder.
pub const FILE: &str = "shard.jsonl";

/// Processes that one run may be shared by.
pub const MOST: u32 = 10_000;

/// Which share of a run's calls: those with a number of `index` modulo `of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// From 0.
    pub index: u32,
    pub of: u32,
}

/// Variables that tell which of how many processes this is: what starts them, the number, the
/// count.
const TELLERS: [(&str, &str, &str); 4] = [
    (
        "a Kubernetes Indexed Job",
        "JOB_COMPLETION_INDEX",
        "JOB_COMPLETIONS",
    ),
    ("Slurm", "SLURM_PROCID", "SLURM_NTASKS"),
    ("Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("MPI", "PMI_RANK", "PMI_SIZE"),
];

impl Shard {
    /// All calls.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// Reads `0/4`; `auto`, where the environment tells both numbers; `auto/4`, where it tells the
    /// first one only. `Err`: why not, for people.
    pub fn parse(text: &str, environment: &dyn Environment) -> Result<Self, String> {
        let (first, second) = match text.split_once('/') {
            Some((first, second)) => (first, Some(second)),
            None => (text, None),
        };
        if first == "auto" {
            return Self::told(second, environment);
        }
        let Some(second) = second else {
            return Err(format!(
                "`{text}` is no shard; write `0/4` for the first of four, or `auto`"
            ));
        };
        Self::new(number(first)?, number(second)?)
    }

    fn told(count: Option<&str>, environment: &dyn Environment) -> Result<Self, String> {
        let mut tellers = TELLERS.iter();
        let found = tellers.find_map(|teller| Some((teller, environment.variable(teller.1)?)));
        let Some(((who, index_name, count_name), index)) = found else {
            let names: Vec<_> = TELLERS.iter().map(|(_, index, _)| *index).collect();
            return Err(format!(
                "`auto` needs one of {} in the environment, and there is none",
                names.join(", ")
            ));
        };
        let index = number(&index).map_err(|why| format!("{index_name}: {why}"))?;
        let count = match count {
            Some(count) => number(count)?,
            None => {
                let told = environment.variable(count_name).ok_or_else(|| {
                    format!(
                        "{who} tells {index_name} and not how many there are: write `auto/N`, or \
                         set {count_name}"
                    )
                })?;
                number(&told).map_err(|why| format!("{count_name}: {why}"))?
            }
        };
        Self::new(index, count)
    }

    fn new(index: u32, of: u32) -> Result<Self, String> {
        if of == 0 || of > MOST {
            return Err(format!("a run has 1 to {MOST} shards, not {of}"));
        }
        if index >= of {
            return Err(format!(
                "there is no shard {index} of {of}: they are numbered from 0, so the last one is \
                 {}/{of}",
                of - 1
            ));
        }
        Ok(Self { index, of })
    }

    pub fn is_whole(self) -> bool {
        self.of == 1
    }

    /// Its share of so many things that cannot be told apart, the first shards taking one more.
    pub fn share(self, all: u64) -> u64 {
        let (of, index) = (u64::from(self.of), u64::from(self.index));
        all / of + u64::from(index < all % of)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

fn number(text: &str) -> Result<u32, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("`{text}` is no number of a shard"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::variables;

    #[test]
    fn a_shard_is_named_or_told_by_what_starts_it() {
        let nobody = variables([]);
        let shard = |text: &str| Shard::parse(text, &nobody);
        assert_eq!(shard("2/4"), Ok(Shard { index: 2, of: 4 }));
        for (text, needle) in [
            ("4/4", "the last one is 3/4"),
            ("0/0", "1 to 10000 shards"),
            ("1", "write `0/4`"),
            ("a/4", "`a` is no number"),
            ("auto", "JOB_COMPLETION_INDEX"),
        ] {
            let why = shard(text).unwrap_err();
            assert!(why.contains(needle), "{text}: {why}");
        }
        let slurm = variables([("SLURM_PROCID", "3"), ("SLURM_NTASKS", "8")]);
        let told = Shard::parse("auto", &slurm);
        assert_eq!(told, Ok(Shard { index: 3, of: 8 }));
        let job = variables([("JOB_COMPLETION_INDEX", "1")]);
        assert!(Shard::parse("auto", &job).unwrap_err().contains("auto/N"));
        let told = Shard::parse("auto/2", &job);
        assert_eq!(told, Ok(Shard { index: 1, of: 2 }));
    }

    #[test]
    fn shares_add_up() {
        for of in 1..9 {
            for all in [0, 1, 7, 100, 12_345] {
                let shares = (0..of).map(|index| Shard { index, of }.share(all));
                assert_eq!(shares.sum::<u64>(), all, "{all} by {of}");
            }
        }
    }
}
