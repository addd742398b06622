//! `GET /v1/models`, one model, and what a key reaches.

use serde_json::{Value, json};

use super::keys::Group;
use super::problem::Problem;
use super::reply::Reply;
use super::route::Route;
use super::{Asked, Engine};
use crate::catalog::{self, Kind, MODELS, Model};
use crate::contract::{Contract, FamilyFilter, ProtocolCoverage};

/// Unix seconds; the catalog of the replica does not age.
const CREATED: u64 = 1_714_003_200;

impl Engine {
    /// # Errors
    /// 403 (C-08) where the key's routing group does not reach the model; 400 where the model does
    /// not speak the protocol (C-21; the answer is not documented).
    pub(super) fn check_group(&self, asked: &Asked<'_>, model: &Model) -> Result<(), Problem> {
        if !self.group(asked).reaches(model) {
            let problem = Problem::outside_group(model.slug, self.config.contract);
            return Err(problem.of_a_model_on(asked.surface));
        }
        let narrow = self.config.contract.protocol_coverage == ProtocolCoverage::PerModel;
        if let Route::Text { dialect, .. } = asked.route
            && narrow
            && !model.speaks(dialect)
        {
            let message = format!("`{}` is not offered on this route", model.slug);
            return Err(Problem::invalid("model", message));
        }
        Ok(())
    }

    fn group(&self, asked: &Asked<'_>) -> &Group {
        self.group_of(&self.state(asked.now), asked.key)
    }

    /// The models that the key reaches and the filters let through. Repeated capabilities must
    /// all be there.
    pub(super) fn models(&self, asked: &Asked<'_>) -> Reply {
        let group = self.group(asked);
        let contract = self.config.contract;
        let wanted: Vec<String> = asked.incoming.parameters("capability").collect();
        let family = asked.incoming.parameter("family");
        let fits = |model: &&Model| {
            let capable = wanted
                .iter()
                .all(|tag| model.capabilities().contains(&tag.as_str()));
            let named = |name: &str| match contract.family_filter {
                FamilyFilter::Either => model.vendor == name || model.family == name,
                FamilyFilter::Vendor => model.vendor == name,
                FamilyFilter::Family => model.family == name,
            };
            group.reaches(model) && capable && family.as_deref().is_none_or(named)
        };
        let data: Vec<Value> = MODELS
            .iter()
            .filter(fits)
            .map(|model| entry(model, contract))
            .collect();
        Reply::json(&json!({"object": "list", "data": data}))
    }

    pub(super) fn model(&self, asked: &Asked<'_>, slug: &str) -> Result<Reply, Problem> {
        let contract = self.config.contract;
        let group = self.group(asked);
        let model = catalog::find(slug, contract).filter(|model| group.reaches(model));
        let missing = || {
            let message = format!("the model `{slug}` does not exist");
            let mut problem =
                Problem::new(404, "model_not_found", "invalid_request_error", message);
            problem.param = Some("model".to_owned());
            problem
        };
        Ok(Reply::json(&entry(model.ok_or_else(missing)?, contract)))
    }

    /// The slugs alone: the pages name this route and show no shape.
    pub(super) fn available_models(&self, asked: &Asked<'_>) -> Reply {
        let group = self.group(asked);
        let reached = MODELS.iter().filter(|model| group.reaches(model));
        let items: Vec<Value> = reached
            .map(|model| json!({"id": model.slug, "family": model.family}))
            .collect();
        Reply::json(&json!({"items": items, "total": items.len()}))
    }

    /// Those that the account may make keys of.
    pub(super) fn groups(&self) -> Reply {
        let usable = self.groups.iter().filter(|group| group.usable);
        let items: Vec<Value> = usable
            .map(|group| json!({"id": group.id, "name": group.name, "exclusive": group.exclusive}))
            .collect();
        Reply::json(&json!({"items": items, "total": items.len()}))
    }
}

fn entry(model: &Model, contract: Contract) -> Value {
    let (window, input, output) = match model.kind {
        Kind::Text(text) if model.family == "gemini" => (
            text.window,
            json!(["text", "image", "audio"]),
            json!(["text"]),
        ),
        Kind::Text(text) if model.capabilities().contains(&"vision") => {
            (text.window, json!(["text", "image"]), json!(["text"]))
        }
        Kind::Text(text) => (text.window, json!(["text"]), json!(["text"])),
        Kind::Image(_) => (0, json!(["text", "image"]), json!(["image"])),
        Kind::Video(_) => (0, json!(["text", "image"]), json!(["video"])),
    };
    json!({
        "id": model.slug,
        "object": "model",
        "owned_by": model.vendor,
        "family": model.family,
        "capabilities": model.capabilities(),
        "context_window": window,
        "max_output_tokens": model.max_output(contract),
        "input_modalities": input,
        "output_modalities": output,
        "pricing_url": format!("https://bytespike.ai/pricing#{}", model.slug),
        "created": CREATED,
    })
}
