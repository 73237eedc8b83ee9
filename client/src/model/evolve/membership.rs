//! Members and their referral codes.

use crate::{
    decode::Event,
    model::{
        MemberState, State,
        rules::{Balance, References},
    },
};
use bytemuck::Zeroable;
use tessera_types::{
    NO_ADDRESS,
    accounts::{Code, Member},
    events::{CodeCreated, MemberRegistered},
};

pub(super) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::MemberRegistered(event) => member_registered(state, event),
        Event::CodeCreated(event) => code_created(state, event),
        Event::CodeOffered(event) => {
            if let Some(code) = state.codes.get_mut(&event.receipt.account) {
                code.pending_owner = event.pending_owner;
            }
        }
        Event::CodeTransferred(event) => {
            if let Some(code) = state.codes.get_mut(&event.receipt.account) {
                code.owner = event.owner;
                code.pending_owner = NO_ADDRESS;
            }
        }
        _ => {}
    }
}

fn member_registered(state: &mut State, event: &MemberRegistered) {
    let org = state.orgs.get(&event.org);
    let member = MemberState {
        account: Member {
            org: event.org,
            wallet: event.wallet,
            referrers: event.referrers,
            code: event.code,
            registered_at: event.receipt.at,
            ..Member::zeroed()
        },
        balance: org.map_or_else(Balance::default, |it| Balance::new(&it.settings)),
        references: References::default(),
    };
    state.members.insert(event.receipt.account, member);
}

fn code_created(state: &mut State, event: &CodeCreated) {
    let code = Code {
        org: event.org,
        owner: event.owner,
        code: event.code,
        created_at: event.receipt.at,
        ..Code::zeroed()
    };
    state.codes.insert(event.receipt.account, code);
}
