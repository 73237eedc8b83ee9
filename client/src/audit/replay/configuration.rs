//! The program's config and the orgs.

use super::{Check, Report, State, at, missing, require_first};
use crate::address;
use bytemuck::Zeroable;
use tessera_types::{
    Address, NO_ADDRESS,
    accounts::{Config, Org, OrgSettings},
    events::{
        AuthorityAccepted, AuthorityProposed, ConfigSet, OrgCreated, OrgPaused, OrgUpdated, Receipt,
    },
};

impl State {
    /// The first one makes the config; later ones are its admin's.
    pub(super) fn config_set(&mut self, event: &ConfigSet, report: &mut Report) {
        let receipt = &event.receipt;
        let (derived, address) = (address::config(), receipt.account);
        report.compare(Check::Addresses, at(receipt), "address", derived, address);
        let config = self.config.get_or_insert_with(|| Config {
            admin: event.admin,
            ..Config::zeroed()
        });
        config.max_commission_bps = event.max_commission_bps;
        config.pause_flags = event.pause_flags;
        let admin = config.admin;
        report.compare(
            Check::Configuration,
            at(receipt),
            "admin",
            admin,
            event.admin,
        );
    }

    pub(super) fn org_created(&mut self, event: &OrgCreated, report: &mut Report) {
        let receipt = &event.receipt;
        let derived = address::org(&event.authority, event.id);
        require_first(report, Check::Configuration, receipt, derived);
        let fresh = !self.closed_orgs.contains(&receipt.account);
        let detail = "an org that was closed is created again";
        report.require(Check::Configuration, at(receipt), fresh, detail);
        self.require_creation(receipt, report);
        self.require_settings(receipt, &event.settings, report);
        let org = Org {
            creator: event.authority,
            authority: event.authority,
            id: event.id,
            cluster_tag: event.cluster_tag,
            settings: event.settings,
            created_at: receipt.at,
            ..Org::zeroed()
        };
        self.orgs.insert(receipt.account, org);
    }

    pub(super) fn org_updated(&mut self, event: &OrgUpdated, report: &mut Report) {
        let receipt = &event.receipt;
        self.require_settings(receipt, &event.settings, report);
        match self.orgs.get_mut(&receipt.account) {
            Some(org) => org.settings = event.settings,
            None => missing(report, Check::Configuration, receipt, "org"),
        }
    }

    pub(super) fn org_paused(&mut self, event: &OrgPaused, report: &mut Report) {
        match self.orgs.get_mut(&event.receipt.account) {
            Some(org) => org.admin_pause_flags = event.flags,
            None => missing(report, Check::Configuration, &event.receipt, "org"),
        }
    }

    pub(super) fn authority_proposed(&mut self, event: &AuthorityProposed, report: &mut Report) {
        match self.hands(&event.receipt.account) {
            Some((_, pending)) => *pending = event.pending,
            None => missing(report, Check::Configuration, &event.receipt, "authority"),
        }
    }

    pub(super) fn authority_accepted(&mut self, event: &AuthorityAccepted, report: &mut Report) {
        let receipt = &event.receipt;
        let Some((authority, pending)) = self.hands(&receipt.account) else {
            return missing(report, Check::Configuration, receipt, "authority");
        };
        *authority = event.authority;
        let proposed = std::mem::replace(pending, NO_ADDRESS);
        report.compare(
            Check::Configuration,
            at(receipt),
            "authority",
            proposed,
            event.authority,
        );
    }

    /// Who holds an org or the config, and who was proposed.
    fn hands(&mut self, account: &Address) -> Option<(&mut Address, &mut Address)> {
        if let Some(org) = self.orgs.get_mut(account) {
            return Some((&mut org.authority, &mut org.pending_authority));
        }
        let config = self.config.as_mut()?;
        Some((&mut config.admin, &mut config.pending_admin))
    }

    /// Nothing is created while the admin has paused that.
    pub(super) fn require_creation(&self, receipt: &Receipt, report: &mut Report) {
        let Some(config) = &self.config else {
            return missing(report, Check::Configuration, receipt, "config");
        };
        let open = config.pause_flags & Config::PAUSE_CREATION == 0;
        let detail = "creation was paused";
        report.require(Check::Configuration, at(receipt), open, detail);
    }

    fn require_settings(&self, receipt: &Receipt, settings: &OrgSettings, report: &mut Report) {
        let Some(config) = &self.config else {
            return missing(report, Check::Configuration, receipt, "config");
        };
        let levels: u32 = settings.commission_bps.map(u32::from).iter().sum();
        let most = config.max_commission_bps;
        let detail = format!("commission of {levels} basis points, above {most}");
        let allowed = levels <= u32::from(most);
        report.require(Check::Configuration, at(receipt), allowed, &detail);
    }

    /// Nothing that `flag` names happens while the org or the program's admin has paused it.
    pub(super) fn require_running(
        &self,
        receipt: &Receipt,
        org: &Address,
        flag: u8,
        report: &mut Report,
    ) {
        let Some(org) = self.orgs.get(org) else {
            return missing(report, Check::Configuration, receipt, "org");
        };
        let running = (org.settings.pause_flags | org.admin_pause_flags) & flag == 0;
        report.require(Check::Configuration, at(receipt), running, "it was paused");
    }

    /// Counts an account of the org's that opens.
    pub(super) fn open_in(&mut self, receipt: &Receipt, org: &Address, report: &mut Report) {
        match self.orgs.get_mut(org) {
            Some(org) => org.open_accounts = org.open_accounts.saturating_add(1),
            None => missing(report, Check::Configuration, receipt, "org"),
        }
    }
}

/// Checks that an id is above that of every earlier one of its kind, and keeps it.
pub(super) fn raise(highest: &mut u64, id: u64, receipt: &Receipt, report: &mut Report) {
    let detail = format!("id {id} does not follow on {highest}");
    report.require(Check::Configuration, at(receipt), id > *highest, &detail);
    *highest = id;
}
