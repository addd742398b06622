//! A run that is one of several: what it hands on to `merge` instead of concluding.

use std::collections::BTreeMap;

use super::conclusion::stayed;
use super::results::Folder;
use crate::billing::{Audit, BillingVerdict, Moments};
use crate::exit::Exit;
use crate::report::{Frame, Report, ShardRow, Shards, Totals, build, utc};
use crate::shard::{self, Header, Overrides, SCHEMA, Shard};

/// Which shard this is, and what all shards of its run must agree on.
#[derive(Debug)]
pub(super) struct ShardRun {
    pub(super) shard: Shard,
    pub(super) file: String,
    pub(super) text: String,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) overrides: Overrides,
}

impl ShardRun {
    /// Whether it is this one that probes the target when all is quiet.
    pub(super) fn probes(&self) -> bool {
        self.shard.index == 0
    }

    pub(super) fn handed_on(
        &self,
        folder: &Folder,
        totals: &Totals,
        audit: &Audit,
        mut frame: Frame,
        moments: Moments,
    ) -> (Report, Exit) {
        frame.notes.extend(stayed(audit));
        let header = Header {
            schema: SCHEMA.to_owned(),
            spikeproof: env!("CARGO_PKG_VERSION").to_owned(),
            shard: self.shard,
            file: self.file.clone(),
            text: self.text.clone(),
            variables: self.variables.clone(),
            overrides: self.overrides.clone(),
            frame: frame.clone(),
            machine: machine(),
        };
        let part = audit.part(moments);
        let written = folder.write(shard::FILE, |out| {
            shard::write(out, &header, &totals.sums(), &part, audit.entries())
                .map_err(|why| why.to_string())
        });
        frame.unwritten = frame.unwritten.or(written.err());
        let shards = Shards::One(ShardRow {
            shard: self.shard.to_string(),
            started: utc(frame.started),
            duration_s: frame.duration.as_secs_f64(),
            workers: frame.workers,
        });
        build(totals, &BillingVerdict::default(), &frame, &shards)
    }
}

/// Of the machine since it was last started; empty where it does not say.
fn machine() -> String {
    let read = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    read.map(|id| id.trim().to_owned()).unwrap_or_default()
}
