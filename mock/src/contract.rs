//! Which reading of the gateway's contradictory pages the replica follows.
//!
//! Each switch is one row `C-nn` of the table of contradictions. The default is what is stated
//! most plainly; the other values are what another page says.

use thiserror::Error;

/// A switch that does not exist, or a value it does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContractError {
    #[error("no contract switch `{0}`")]
    UnknownSwitch(String),
    #[error("`{value}` is not a reading of {id}, expected one of {}", .known.join(", "))]
    UnknownReading {
        id: &'static str,
        value: String,
        known: Vec<&'static str>,
    },
}

/// One switch, for help texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    pub id: &'static str,
    pub about: &'static str,
    /// The first is the default.
    pub readings: Vec<&'static str>,
}

macro_rules! contract {
    ($($id:literal $field:ident: $name:ident, $about:literal {
        $($value:ident = $text:literal),+ $(,)?
    })+) => {
        $(
            #[doc = $about]
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
            pub enum $name { $(#[doc = concat!("`", $text, "`")] $value),+ }

            impl $name {
                pub const ALL: &[Self] = &[$(Self::$value),+];

                #[must_use]
                pub fn name(self) -> &'static str {
                    match self { $(Self::$value => $text),+ }
                }

                #[must_use]
                pub fn parse(text: &str) -> Option<Self> {
                    Self::ALL.iter().copied().find(|value| value.name() == text)
                }
            }

            impl Default for $name {
                fn default() -> Self { Self::ALL[0] }
            }
        )+

        /// One reading for every contradiction.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct Contract { $(#[doc = concat!($id, ": ", $about)] pub $field: $name),+ }

        impl Contract {
            /// Sets one switch by its id (`C-08`) and the name of a reading.
            ///
            /// # Errors
            /// The id is not known, or the switch has no such reading.
            pub fn set(&mut self, id: &str, value: &str) -> Result<(), ContractError> {
                match id {
                    $($id => {
                        let Some(reading) = $name::parse(value) else {
                            return Err(ContractError::UnknownReading {
                                id: $id,
                                value: value.to_owned(),
                                known: $name::ALL.iter().map(|value| value.name()).collect(),
                            });
                        };
                        self.$field = reading;
                        Ok(())
                    })+
                    other => Err(ContractError::UnknownSwitch(other.to_owned())),
                }
            }

            /// The name of the reading that a switch has, by its id.
            #[must_use]
            pub fn reading(&self, id: &str) -> Option<&'static str> {
                match id {
                    $($id => Some(self.$field.name()),)+
                    _ => None,
                }
            }

            /// Every switch with its readings.
            #[must_use]
            pub fn switches() -> Vec<Switch> {
                vec![$(Switch {
                    id: $id,
                    about: $about,
                    readings: $name::ALL.iter().map(|value| value.name()).collect(),
                }),+]
            }
        }
    };
}

contract! {
    "C-01" usage_rows: UsageRows, "Where one row per call can be read." {
        OnUsageRoutes = "on-usage-routes", AlsoOnMe = "also-on-me", Nowhere = "nowhere",
    }
    "C-02" balance_route: BalanceRoute, "Whether `GET /v1/balance` exists." {
        Missing = "missing", Served = "served",
    }
    "C-03" key_base: KeyBase, "Where keys are revealed." {
        V1 = "v1", ApiV1 = "api-v1",
    }
    "C-04" credit_unit: CreditUnit, "The unit of values called credits in bodies." {
        Usd = "usd", Micros = "micros",
    }
    "C-05" quota_header: QuotaHeader, "What the quota header counts." {
        KeyQuota = "key-quota", Wallet = "wallet",
    }
    "C-06" gemini_end: GeminiEnd, "How a Gemini stream is asked for and how it ends." {
        Native = "native", Done = "done", StreamParameter = "stream-parameter",
    }
    "C-07" estimate_header: EstimateHeader, "Whether a head carries an estimate of the cost." {
        Absent = "absent", Sent = "sent",
    }
    "C-08" unusable_model: UnusableModel, "The answer to a slug that is not in the catalog." {
        NotFound400 = "model-not-found-400", NotFound404 = "model-not-found-404",
        Unsupported400 = "unsupported-model-400", NotInGroup403 = "model-not-in-group-403",
        NotAllowed400 = "model-not-allowed-400",
    }
    "C-09" duplicate_task: DuplicateTask, "The status of a re-used `out_task_id`." {
        Conflict409 = "409", BadRequest400 = "400",
    }
    "C-10" disconnect: DisconnectPolicy, "What a client pays that leaves in mid-stream." {
        PartialAfterFirstToken = "partial-after-first-token", Free = "free", Full = "full",
    }
    "C-11" transactions: TransactionContents, "Whether charges are among the transactions." {
        NonUsage = "non-usage", WithUsage = "with-usage",
    }
    "C-12" task_shape: TaskShape, "The shape of a task object." {
        Reference = "reference", PerModel = "per-model", Videos = "videos",
    }
    "C-13" first_status: FirstStatus, "The word for a task that has not started." {
        Pending = "pending", Queued = "queued",
    }
    "C-14" cancel_cost: CancelCost, "Whether a cancelled task names what it cost." {
        CreditsUsed = "credits-used", EstimateOnly = "estimate-only",
    }
    "C-15" family_filter: FamilyFilter, "What `?family=` is compared with." {
        Either = "either", Vendor = "vendor", Family = "family",
    }
    "C-16" rate_limit_body: RateLimitBody, "Whether a 429 on Messages has the outer `type`." {
        Outer = "outer-type", Bare = "bare",
    }
    "C-17" video_price: VideoPrice, "Which of two price lists holds for video." {
        RateCard = "rate-card", Estimates = "estimates",
    }
    "C-18" claude_reach: ClaudeReach, "What the group `claude-default` reaches." {
        ClaudeOnly = "claude-only", Translated = "deepseek-and-gemini",
    }
    "C-19" image_edits: ImageEdits, "Whether `POST /v1/images/edits` exists." {
        Served = "served", Missing = "missing",
    }
    "C-20" embeddings: Embeddings, "Whether embeddings and rerank exist." {
        Missing = "missing", Served = "served",
    }
    "C-21" protocol_coverage: ProtocolCoverage, "Which text protocols reach a model." {
        Any = "any", PerModel = "per-model",
    }
    "C-22" gemini_auth: GeminiAuth, "Where a Gemini call may carry its key." {
        Anywhere = "anywhere", HeaderOnly = "header-only", QueryOnly = "query-only",
    }
    "C-23" responses_auth: ResponsesAuth, "Which headers Responses takes." {
        Both = "both", BearerOnly = "bearer-only",
    }
    "C-24" sonnet_output: SonnetOutput, "The most that `claude-sonnet-4-6` may put out." {
        Listed8192 = "8192", Page16384 = "16384",
    }
    "C-25" model_slugs: ModelSlugs, "Which spellings of a media slug are known." {
        Both = "both", Reference = "reference",
    }
    "C-26" parameter_limits: ParameterLimits, "How wide a parameter may be." {
        Union = "union", Reference = "reference",
    }
    "C-27" safety_refusal: SafetyRefusal, "The status of a refused prompt." {
        Legal451 = "451", Unprocessable422 = "422",
    }
    "C-28" cancel_bill: CancelBill, "Whether a video cancelled while it runs is charged." {
        MadeSeconds = "made-seconds", Free = "free",
    }
    "C-29" message_cap: MessageCap, "Whether messages in 12 hours are capped by tier." {
        Absent = "four-caps", Enforced = "messages-too",
    }
    "C-30" starting_rights: StartingRights, "What an account reaches without a grant." {
        PublicGroups = "public-groups", Nothing = "nothing",
    }
    "C-31" render_time: RenderTime, "How long a task runs." {
        Configured = "configured", Submit10To60 = "10-60s", Multimodal30To180 = "30-180s",
        PerModel = "per-model",
    }
    "C-32" asset_path: AssetPath, "The path of an asset." {
        Short = "short", Multimodal = "multimodal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_of_every_switch_can_be_set_by_name() {
        for switch in Contract::switches() {
            for reading in &switch.readings {
                let mut contract = Contract::default();
                assert_eq!(
                    contract.set(switch.id, reading),
                    Ok(()),
                    "{} {reading}",
                    switch.id
                );
            }
            let mut contract = Contract::default();
            contract.set(switch.id, switch.readings[0]).unwrap();
            assert_eq!(contract, Contract::default(), "{}", switch.id);
        }
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_known_ones() {
        let error = Contract::default().set("C-09", "418").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`418` is not a reading of C-09, expected one of 409, 400"
        );
        let error = Contract::default().set("C-99", "x").unwrap_err();
        assert_eq!(error, ContractError::UnknownSwitch("C-99".to_owned()));
    }
}
