//! How long a render takes: what the configuration says, or one of the pages (C-31).

use std::time::Duration;

use super::Engine;
use crate::catalog::Model;
use crate::config::Delay;
use crate::contract::RenderTime;
use crate::upstream;

impl Engine {
    /// How long a task of this model runs.
    pub(super) fn render_time(&self, model: &Model) -> Delay {
        let mut own = self.config.task_run_of.iter();
        if let Some((_, delay)) = own.find(|(known, _)| upstream::names(known, model)) {
            return *delay;
        }
        let (least, most) = match self.config.contract.render_time {
            RenderTime::Configured => return self.config.task_run,
            RenderTime::Submit10To60 => (10, 60),
            RenderTime::Multimodal30To180 => (30, 180),
            RenderTime::PerModel => told(model.slug),
        };
        Delay::Uniform {
            min: Duration::from_secs(least),
            max: Duration::from_secs(most),
        }
    }
}

/// Seconds that the page of a model names, shortest and longest. Where none does, those of the page
/// on tasks.
fn told(slug: &str) -> (u64, u64) {
    match slug {
        "sora-2" => (60, 120),
        "sora-2-pro" => (90, 180),
        "veo-3.1-fast" | "veo-3.1-lite" => (10, 30),
        "seedance-1.5-pro" | "seedance-2.0" | "seedance-2.0-pro" => (60, 90),
        "seedance-2.0-pro-fast" => (45, 75),
        "seedance-fast" => (15, 25),
        _ => (10, 60),
    }
}
