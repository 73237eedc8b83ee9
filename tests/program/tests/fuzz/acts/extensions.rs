//! What the extensions of Token-2022 do at the moment: the issuer's choice for a mint, the owner's for a
//! token account. One at a time, and mostly it is taken back next.

use crate::{chain::Chain, dice::Dice, people::People};
use solana_account::{ReadableAccount, WritableAccount};
use solana_address::Address;
use spl_token_2022_interface::{
    extension::{
        BaseStateWithExtensionsMut, StateWithExtensionsMut, cpi_guard::CpiGuard,
        memo_transfer::MemoTransfer, pausable::PausableConfig, transfer_fee::TransferFeeConfig,
        transfer_hook::TransferHook,
    },
    state::{Account, Mint},
};
use tessera_client::types::carrier::TOKEN_2022_PROGRAM;

/// A program that no transfer can call.
const HOOK: Address = Address::new_from_array([254; 32]);

/// What a mint may do to its holders.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Plain,
    Paused,
    Hooked,
    /// From a later epoch on.
    Charging,
}

/// The issuer changes the mint on Token-2022.
pub(super) fn change_mint(dice: &mut Dice, chain: &mut Chain, people: &People) {
    let mint = people.money[1].mint;
    let Some(account) = chain.account(&mint) else {
        return;
    };
    let mut data = account.data().to_vec();
    let before = data.clone();
    set_mood(&mut data, Mood::Plain);
    if data == before || dice.once_in(4) {
        let mood = dice.of_these([Mood::Paused, Mood::Hooked, Mood::Charging]);
        set_mood(&mut data, mood);
    }
    write(chain, &mint, &data);
}

fn set_mood(data: &mut [u8], mood: Mood) {
    let mut state = StateWithExtensionsMut::<Mint>::unpack(data).expect("a mint");
    let pausable = state.get_extension_mut::<PausableConfig>();
    pausable.expect("pausable").paused = (mood == Mood::Paused).into();
    let hook = state.get_extension_mut::<TransferHook>().expect("a hook");
    let program = (mood == Mood::Hooked).then_some(HOOK);
    hook.program_id = program.try_into().expect("an address that is not zero");
    let fee = state
        .get_extension_mut::<TransferFeeConfig>()
        .expect("a fee");
    let (epoch, bps) = match mood {
        Mood::Charging => (u64::MAX, 100),
        _ => (0, 0),
    };
    fee.newer_transfer_fee.epoch = epoch.into();
    fee.newer_transfer_fee.transfer_fee_basis_points = bps.into();
    fee.newer_transfer_fee.maximum_fee = u64::from(bps).into();
}

/// An owner wants memos, or keeps programs away.
pub(super) fn change_account(dice: &mut Dice, chain: &mut Chain, people: &People) {
    let of_2022 = |it: &Address| {
        chain
            .account(it)
            .is_some_and(|it| *it.owner() == TOKEN_2022_PROGRAM)
    };
    let all: Vec<Address> = people.tokens.iter().copied().filter(of_2022).collect();
    let changed = |it: &Address| {
        let mut data = chain.account(it).expect("looked at").data().to_vec();
        is_set(&mut data)
    };
    let some: Vec<Address> = all.iter().copied().filter(changed).collect();
    let back = !some.is_empty() && !dice.once_in(4);
    let Some(address) = dice.pick(if back { &some } else { &all }) else {
        return;
    };
    let mut data = chain.account(&address).expect("looked at").data().to_vec();
    let guards = dice.once_in(2);
    let mut state = StateWithExtensionsMut::<Account>::unpack(&mut data).expect("an account");
    // There is room for both.
    let guard = state.init_extension::<CpiGuard>(true).expect("room");
    guard.lock_cpi = (!back && guards).into();
    let memo = state.init_extension::<MemoTransfer>(true).expect("room");
    memo.require_incoming_transfer_memos = (!back && !guards).into();
    write(chain, &address, &data);
}

fn is_set(data: &mut [u8]) -> bool {
    let mut state = StateWithExtensionsMut::<Account>::unpack(data).expect("an account");
    let guard = state.get_extension_mut::<CpiGuard>();
    let guards = guard.is_ok_and(|it| bool::from(it.lock_cpi));
    let memo = state.get_extension_mut::<MemoTransfer>();
    guards || memo.is_ok_and(|it| bool::from(it.require_incoming_transfer_memos))
}

fn write(chain: &mut Chain, address: &Address, data: &[u8]) {
    let mut account = chain.account(address).expect("looked at").clone();
    account.data_as_mut_slice().copy_from_slice(data);
    chain.put(*address, account);
}
