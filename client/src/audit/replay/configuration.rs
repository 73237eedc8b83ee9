//! The program's config and the orgs.

use crate::model::command::{
    AcceptAuthority, CreateOrg, PauseOrg, ProposeAuthority, SetConfig, UpdateOrg,
};
use tessera_types::events::{
    AuthorityAccepted, AuthorityProposed, ConfigSet, OrgCreated, OrgPaused, OrgUpdated,
};

pub(super) fn config_set(event: &ConfigSet) -> SetConfig {
    SetConfig {
        admin: event.admin,
        max_commission_bps: event.max_commission_bps,
        pause_flags: event.pause_flags,
    }
}

pub(super) fn org_created(event: &OrgCreated) -> CreateOrg {
    CreateOrg {
        authority: event.authority,
        id: event.id,
        cluster_tag: event.cluster_tag,
        settings: event.settings,
    }
}

pub(super) fn org_updated(event: &OrgUpdated) -> UpdateOrg {
    UpdateOrg {
        org: event.receipt.account,
        settings: event.settings,
    }
}

pub(super) fn org_paused(event: &OrgPaused) -> PauseOrg {
    PauseOrg {
        org: event.receipt.account,
        flags: event.flags,
    }
}

pub(super) fn proposed(event: &AuthorityProposed) -> ProposeAuthority {
    ProposeAuthority {
        account: event.receipt.account,
        pending: event.pending,
    }
}

pub(super) fn accepted(event: &AuthorityAccepted) -> AcceptAuthority {
    AcceptAuthority {
        account: event.receipt.account,
        authority: event.authority,
    }
}
