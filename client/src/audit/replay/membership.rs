//! Who referred whom.

use super::{Balance, Check, MemberState, References, Report, State, at, missing, require_first};
use crate::address;
use bytemuck::Zeroable;
use tessera_types::{NO_ADDRESS, accounts::Member, events::MemberRegistered};

impl State {
    pub(super) fn member_registered(&mut self, event: &MemberRegistered, report: &mut Report) {
        let receipt = &event.receipt;
        let derived = address::member(&event.org, &event.wallet);
        require_first(report, Check::Referrals, receipt, derived);
        let Some(org) = self.orgs.get(&event.org) else {
            return missing(report, Check::Referrals, receipt, "org");
        };
        let balance = Balance::new(&org.settings);
        self.require_referral(event, report);
        let account = Member {
            org: event.org,
            wallet: event.wallet,
            referrers: event.referrers,
            code: event.code,
            registered_at: receipt.at,
            ..Member::zeroed()
        };
        let member = MemberState {
            account,
            balance,
            references: References::default(),
        };
        self.members.insert(receipt.account, member);
    }

    /// The first referrer owned the code, the others are the first one's own, and none of them is
    /// the wallet itself.
    fn require_referral(&self, event: &MemberRegistered, report: &mut Report) {
        let receipt = &event.receipt;
        let [first, second, third] = event.referrers;
        if event.code == [0; 16] {
            let nobody = event.referrers == [NO_ADDRESS; 3];
            let detail = "it has referrers and no code";
            return report.require(Check::Referrals, at(receipt), nobody, detail);
        }
        let Some(code) = self.codes.get(&address::code(&event.org, &event.code)) else {
            return missing(report, Check::Referrals, receipt, "code");
        };
        report.compare(
            Check::Referrals,
            at(receipt),
            "first referrer",
            code.owner,
            first,
        );
        let Some(above) = self.members.get(&address::member(&event.org, &first)) else {
            return missing(report, Check::Referrals, receipt, "first referrer");
        };
        report.compare(
            Check::Referrals,
            at(receipt),
            "referrers above the first",
            [above.account.referrers[0], above.account.referrers[1]],
            [second, third],
        );
        let acyclic = !event.referrers.contains(&event.wallet);
        let detail = "it is its own referrer";
        report.require(Check::Referrals, at(receipt), acyclic, detail);
    }
}
