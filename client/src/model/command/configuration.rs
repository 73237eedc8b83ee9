//! The program's config and the orgs.

use super::Command;
use crate::{
    address,
    decode::Event,
    model::{Moment, State, Verdict, rules::settings},
};
use tessera_types::{
    Address, TesseraError,
    accounts::{Config, OrgSettings},
    events::{ConfigSet, OrgCreated, OrgPaused, OrgUpdated},
    limits::MAX_COMMISSION_BPS,
};

/// The config, if it lets accounts be created.
pub(super) fn require_creation<'a>(state: &'a State, verdict: &mut Verdict) -> Option<&'a Config> {
    let config = verdict.found(state.config.as_ref(), "config")?;
    let open = config.pause_flags & Config::PAUSE_CREATION == 0;
    verdict.require(open, TesseraError::Paused);
    Some(config)
}

/// The program's settings are created, or its admin changes them.
#[derive(Debug, Clone, Copy)]
pub struct SetConfig {
    /// The signer, who is the admin from then on.
    pub admin: Address,
    /// Most that all referral levels of an org may take together, basis points.
    pub max_commission_bps: u16,
    /// [`Config`]'s flags.
    pub pause_flags: u8,
}

impl Command for SetConfig {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let admin = state.config.map_or(self.admin, |config| config.admin);
        verdict.require(admin == self.admin, TesseraError::WrongAuthority);
        let allowed = self.max_commission_bps <= MAX_COMMISSION_BPS;
        verdict.require(allowed, TesseraError::CommissionTooHigh);
        let known = [0, Config::PAUSE_CREATION].contains(&self.pause_flags);
        verdict.require(known, TesseraError::SpareNotZero);
        Some(Event::ConfigSet(ConfigSet {
            receipt: state.receipt(address::config(), moment),
            admin: self.admin,
            max_commission_bps: self.max_commission_bps,
            pause_flags: self.pause_flags,
            spare: [0; 5],
        }))
    }
}

/// A creator opens an org.
#[derive(Debug, Clone, Copy)]
pub struct CreateOrg {
    /// The creator.
    pub authority: Address,
    /// Chosen by the creator.
    pub id: u64,
    /// First bytes of the cluster's genesis hash, as stated.
    pub cluster_tag: [u8; 8],
    /// What the authority may change later.
    pub settings: OrgSettings,
}

impl Command for CreateOrg {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        if let Some(config) = require_creation(state, verdict) {
            settings::require(&self.settings, config, verdict);
        }
        let org = address::org(&self.authority, self.id);
        verdict.require(!state.exists(&org), TesseraError::AccountExists);
        Some(Event::OrgCreated(OrgCreated {
            receipt: state.receipt(org, moment),
            authority: self.authority,
            id: self.id,
            cluster_tag: self.cluster_tag,
            settings: self.settings,
        }))
    }
}

/// The authority replaces the org's settings.
#[derive(Debug, Clone, Copy)]
pub struct UpdateOrg {
    /// The org.
    pub org: Address,
    /// All settings.
    pub settings: OrgSettings,
}

impl Command for UpdateOrg {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        if let Some(config) = verdict.found(state.config.as_ref(), "config") {
            settings::require(&self.settings, config, verdict);
        }
        verdict.found(state.orgs.get(&self.org), "org")?;
        Some(Event::OrgUpdated(OrgUpdated {
            receipt: state.receipt(self.org, moment),
            settings: self.settings,
        }))
    }
}

/// The program's admin pauses an org, or lifts the pause.
#[derive(Debug, Clone, Copy)]
pub struct PauseOrg {
    /// The org.
    pub org: Address,
    /// The new pause flags.
    pub flags: u8,
}

impl Command for PauseOrg {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let known = settings::are_pauses(self.flags);
        verdict.require(known, TesseraError::SpareNotZero);
        verdict.found(state.orgs.get(&self.org), "org")?;
        Some(Event::OrgPaused(OrgPaused {
            receipt: state.receipt(self.org, moment),
            flags: self.flags,
            spare: [0; 7],
        }))
    }
}
