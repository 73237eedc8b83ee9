//! Referral codes and their owners.

use super::{Check, Report, State, at, missing, require_first};
use crate::address;
use bytemuck::Zeroable;
use tessera_types::{
    NO_ADDRESS,
    accounts::Code,
    events::{CodeCreated, CodeOffered, CodeTransferred},
};

impl State {
    pub(super) fn code_created(&mut self, event: &CodeCreated, report: &mut Report) {
        let receipt = &event.receipt;
        let derived = address::code(&event.org, &event.code);
        require_first(report, Check::Configuration, receipt, derived);
        let owner = address::member(&event.org, &event.owner);
        if !self.members.contains_key(&owner) {
            missing(report, Check::Configuration, receipt, "owner");
        }
        let code = Code {
            org: event.org,
            owner: event.owner,
            code: event.code,
            created_at: receipt.at,
            ..Code::zeroed()
        };
        self.codes.insert(receipt.account, code);
    }

    pub(super) fn code_offered(&mut self, event: &CodeOffered, report: &mut Report) {
        match self.codes.get_mut(&event.receipt.account) {
            Some(code) => code.pending_owner = event.pending_owner,
            None => missing(report, Check::Configuration, &event.receipt, "code"),
        }
    }

    /// Who takes a code over was offered it, and is a member.
    pub(super) fn code_transferred(&mut self, event: &CodeTransferred, report: &mut Report) {
        let receipt = &event.receipt;
        let Some(code) = self.codes.get_mut(&receipt.account) else {
            return missing(report, Check::Configuration, receipt, "code");
        };
        code.owner = event.owner;
        let offered = std::mem::replace(&mut code.pending_owner, NO_ADDRESS);
        report.compare(
            Check::Configuration,
            at(receipt),
            "owner",
            offered,
            event.owner,
        );
        if !self
            .members
            .contains_key(&address::member(&code.org, &event.owner))
        {
            missing(report, Check::Configuration, receipt, "owner");
        }
    }
}
