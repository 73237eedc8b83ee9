//! Plans and issuers.

use crate::model::command::{CreatePlan, SetIssuer, SunsetPlan};
use tessera_types::events::{IssuerSet, PlanCreated, PlanSunset};

pub(super) fn created(event: &PlanCreated) -> CreatePlan {
    CreatePlan {
        org: event.org,
        mint: event.mint,
        token_program: event.token_program,
        destination: event.destination,
        terms: event.terms,
    }
}

pub(super) fn sunset(event: &PlanSunset) -> SunsetPlan {
    SunsetPlan {
        plan: event.receipt.account,
        at: event.at,
    }
}

pub(super) fn issuer_set(event: &IssuerSet) -> SetIssuer {
    SetIssuer {
        org: event.org,
        key: event.key,
        epoch_budget: event.epoch_budget,
        epoch_secs: event.epoch_secs,
    }
}
