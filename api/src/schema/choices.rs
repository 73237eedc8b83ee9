//! Fields that take one of a few texts.

use super::{parts::choice, stand_ins};
use tessera_domain::leads::deals::Stage;

stand_ins! {
    /// [`tessera_domain::leads::deals::Objection`].
    Objection() {
        let known = ["security_concerns", "integration_complexity", "pricing"];
        choice("An objection to buying.", known)
    }

    /// [`tessera_domain::leads::deals::Solution`].
    Solution() {
        let known = ["security_audit", "technical_docs", "flexible_pricing"];
        choice("A solution that is offered for an objection.", known)
    }

    /// [`tessera_domain::leads::deals::Barrier`].
    Barrier() {
        let known = ["payment_friction", "onboarding_complexity", "feature_confusion"];
        choice("What makes it hard to buy.", known)
    }

    /// [`tessera_domain::leads::deals::Stage`].
    DealStage() {
        let known = Stage::ALL.map(Stage::as_str);
        choice("A stage of a deal.", known)
    }

    /// [`tessera_domain::pricing::Flag`].
    PricingFlag() {
        let known = ["enterprise_contract", "hardware_integration"];
        choice("What the sales team has established.", known)
    }

    /// [`tessera_domain::analytics::attribution::Model`].
    AttributionModel() {
        let known = [
            "first", "last", "last_non_direct", "linear", "time_decay", "position", "markov", "shapley",
        ];
        choice("How credit is shared.", known)
    }

    /// [`tessera_domain::analytics::retention::CohortBy`].
    CohortBy() {
        choice("What people have in common.", ["signup", "segment", "channel"])
    }

    /// [`tessera_domain::analytics::retention::Period`].
    RetentionPeriod() {
        choice("The length of a period.", ["day", "week", "month"])
    }
}
