//! The program's config and the orgs.

use crate::{decode::Event, model::State};
use bytemuck::Zeroable;
use tessera_types::{
    Address, NO_ADDRESS,
    accounts::{Config, Org},
    events::{ConfigSet, OrgCreated},
};

pub(super) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::ConfigSet(event) => config_set(state, event),
        Event::OrgCreated(event) => org_created(state, event),
        Event::OrgUpdated(event) => {
            if let Some(org) = state.orgs.get_mut(&event.receipt.account) {
                org.settings = event.settings;
            }
        }
        Event::OrgPaused(event) => {
            if let Some(org) = state.orgs.get_mut(&event.receipt.account) {
                org.admin_pause_flags = event.flags;
            }
        }
        Event::AuthorityProposed(event) => {
            if let Some((_, pending)) = hands(state, &event.receipt.account) {
                *pending = event.pending;
            }
        }
        Event::AuthorityAccepted(event) => {
            if let Some((authority, pending)) = hands(state, &event.receipt.account) {
                *authority = event.authority;
                *pending = NO_ADDRESS;
            }
        }
        _ => {}
    }
}

fn config_set(state: &mut State, event: &ConfigSet) {
    let config = state.config.get_or_insert_with(Config::zeroed);
    config.admin = event.admin;
    config.max_commission_bps = event.max_commission_bps;
    config.pause_flags = event.pause_flags;
}

fn org_created(state: &mut State, event: &OrgCreated) {
    let org = Org {
        creator: event.authority,
        authority: event.authority,
        id: event.id,
        cluster_tag: event.cluster_tag,
        settings: event.settings,
        created_at: event.receipt.at,
        ..Org::zeroed()
    };
    state.orgs.insert(event.receipt.account, org);
}

/// The present and the proposed authority of an org or the config.
fn hands<'a>(
    state: &'a mut State,
    account: &Address,
) -> Option<(&'a mut Address, &'a mut Address)> {
    if state.config_at(account).is_some() {
        let config = state.config.as_mut()?;
        return Some((&mut config.admin, &mut config.pending_admin));
    }
    let org = state.orgs.get_mut(account)?;
    Some((&mut org.authority, &mut org.pending_authority))
}

/// Counts an account that opens in the org.
pub(super) fn open_in(state: &mut State, org: &Address) {
    if let Some(org) = state.orgs.get_mut(org) {
        org.open_accounts = org.open_accounts.saturating_add(1);
    }
}
