//! Orgs, their settings and their hands.

use super::{Attempt, Dice, Scene};
use solana_address::Address;
use tessera_client::{
    address,
    instructions::{AcceptAuthority, CreateOrg, PauseOrg, ProposeAuthority, SetConfig, UpdateOrg},
    types::{
        NO_ADDRESS,
        accounts::{Config, Org, OrgSettings, Tier},
        args::{ConfigArgs, CreateOrgArgs, PauseOrgArgs, ProposeAuthorityArgs, UpdateOrgArgs},
    },
};
use world::CLUSTER_TAG;

impl Scene<'_> {
    pub(super) fn create_org(&self, dice: &mut Dice) -> Option<Attempt> {
        let authority = dice.pick(&self.people.founders)?;
        let orgs = self.books.all::<Org>();
        let taken = orgs.iter().filter(|(_, it)| it.creator == authority);
        let id = match dice.once_in(8) {
            true => 1,
            // Closed orgs keep their ids.
            false => taken.map(|(_, it)| it.id).max().unwrap_or(0) + 1 + dice.below(2) as u64,
        };
        let args = CreateOrgArgs {
            id,
            cluster_tag: CLUSTER_TAG,
            settings: self.settings(dice, &authority),
        };
        let payer = self.payer(dice, authority);
        Some(
            CreateOrg {
                payer,
                authority,
                args,
            }
            .into(),
        )
    }

    /// Settings, most of them within the limits.
    fn settings(&self, dice: &mut Dice, founder: &Address) -> OrgSettings {
        let people = self.people;
        let at = people
            .founders
            .iter()
            .position(|it| it == founder)
            .unwrap_or(0);
        let tier = |points_threshold, points_boost_bps, discount_bps| Tier {
            points_threshold,
            points_boost_bps,
            discount_bps,
            spare: [0; 4],
        };
        let none = Tier::UNUSED;
        let tiers = dice.of_these([
            [
                tier(900, 1_000, 500),
                tier(3_000, 2_333, 1_111),
                tier(6_000, 3_000, 3_000),
                none,
            ],
            [none; 4],
            [tier(1, 10_000, 5_000), none, none, none],
            [tier(900, 1_000, 500), tier(900, 0, 0), none, none],
            [tier(1, 0, 5_001), none, none, none],
            [
                tier(500, 1, 1),
                tier(1_000, 7, 3),
                tier(2_000, 0, 999),
                tier(5_000, 5_000, 0),
            ],
        ]);
        let (points_epoch_secs, points_expiry_epochs) = dice.of_these([
            (0, 0),
            (3_600, 0),
            (86_400, 2),
            (604_800, 3),
            (18_000, 1),
            (0, 1),
        ]);
        OrgSettings {
            quote_authority: people.quote_keys[usize::from(dice.once_in(4))],
            meter_authority: people.meters[usize::from(dice.once_in(4))],
            treasury: people.treasuries[at],
            tiers,
            hold_secs: dice.of_these([86_400, 0, 3_600, 777_600, 31_536_000, 31_536_001]),
            points_epoch_secs,
            commission_bps: dice.of_these([
                [1_000, 500, 250],
                [0, 0, 0],
                [3_000, 1_500, 500],
                [1, 1, 1],
                [333, 0, 777],
                [2_500, 2_500, 1],
            ]),
            pause_flags: match dice.once_in(8) {
                true => 1 + dice.of_these([0, 1, 2, 3]),
                false => 0,
            },
            points_expiry_epochs,
        }
    }

    pub(super) fn update_org(&self, dice: &mut Dice) -> Option<Attempt> {
        let (address, org) = dice.likely(&self.copies::<Org>(), |(_, it)| {
            it.settings.pause_flags != 0
        })?;
        let args = UpdateOrgArgs {
            seq: org.header.receipt_seq,
            settings: self.settings(dice, &org.creator),
        };
        let authority = org.authority;
        Some(
            UpdateOrg {
                authority,
                org: address,
                args,
            }
            .into(),
        )
    }

    pub(super) fn set_config(&self, dice: &mut Dice) -> Option<Attempt> {
        let (_, config) = dice.pick(&self.copies::<Config>())?;
        let args = ConfigArgs {
            seq: config.header.receipt_seq,
            max_commission_bps: dice.of_these([5_000, 5_000, 4_000, 5_001]),
            pause_flags: match config.pause_flags {
                0 => u8::from(dice.once_in(4)),
                _ => 0,
            },
            spare: [0; 5],
        };
        let payer = self.payer(dice, config.admin);
        Some(
            SetConfig {
                payer,
                admin: config.admin,
                args,
            }
            .into(),
        )
    }

    pub(super) fn pause_org(&self, dice: &mut Dice) -> Option<Attempt> {
        let (_, config) = dice.pick(&self.copies::<Config>())?;
        let paused = |(_, it): &(Address, Org)| it.admin_pause_flags != 0;
        let (org, it) = dice.likely(&self.copies::<Org>(), paused)?;
        let flags = match it.admin_pause_flags {
            0 => dice.of_these([1, 2, 3, 0, 4]),
            _ => 0,
        };
        let args = PauseOrgArgs {
            seq: it.header.receipt_seq,
            flags,
            spare: [0; 7],
        };
        Some(
            PauseOrg {
                admin: config.admin,
                org,
                args,
            }
            .into(),
        )
    }

    /// Who holds each org and the config, who was proposed, and how many receipts it has.
    fn hands(&self) -> Vec<(Address, Address, Address, u64)> {
        let orgs = self.copies::<Org>().into_iter();
        let orgs = orgs.map(|(at, it)| {
            (
                at,
                it.authority,
                it.pending_authority,
                it.header.receipt_seq,
            )
        });
        let config = self.books.get::<Config>(&address::config());
        let config = config.map(|it| {
            (
                address::config(),
                it.admin,
                it.pending_admin,
                it.header.receipt_seq,
            )
        });
        orgs.chain(config).collect()
    }

    pub(super) fn propose_authority(&self, dice: &mut Dice) -> Option<Attempt> {
        let (account, authority, _, seq) = dice.pick(&self.hands())?;
        let pending = match dice.once_in(6) {
            true => NO_ADDRESS,
            false => dice.pick(&self.people.founders)?,
        };
        let args = ProposeAuthorityArgs { seq, pending };
        Some(
            ProposeAuthority {
                authority,
                account,
                args,
            }
            .into(),
        )
    }

    pub(super) fn accept_authority(&self, dice: &mut Dice) -> Option<Attempt> {
        let (account, held, pending, _) =
            dice.likely(&self.hands(), |(_, _, pending, _)| *pending != NO_ADDRESS)?;
        let authority = if pending == NO_ADDRESS { held } else { pending };
        Some(AcceptAuthority { authority, account }.into())
    }
}
