//! What the model is shown of the accounts of other programs, as they were before a transaction.

use crate::chain::{Chain, Sent, token};
use solana_account::{AccountSharedData, ReadableAccount};
use solana_address::Address;
use solana_program_pack::Pack;
use spl_token_2022_interface::{
    extension::{
        BaseStateWithExtensions, StateWithExtensions, cpi_guard::CpiGuard,
        default_account_state::DefaultAccountState, memo_transfer::MemoTransfer,
        pausable::PausableConfig, permanent_delegate::PermanentDelegate,
        transfer_fee::TransferFeeConfig, transfer_hook::TransferHook,
    },
    state::{Account as Account2022, AccountState, Mint as Mint2022},
};
use spl_token_interface::state::Mint as PlainMint;
use tessera_client::{
    model::{Mint, Surroundings, TokenAccount},
    types::{
        TesseraError,
        carrier::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM},
    },
};

/// Before a transaction: what it does not name is as it was.
pub(super) struct Before<'a> {
    pub(super) sent: &'a Sent,
    pub(super) chain: &'a Chain,
    pub(super) admin: Address,
}

impl Before<'_> {
    fn account(&self, address: &Address) -> Option<&AccountSharedData> {
        let mut named = self.sent.accounts.iter();
        match named.find(|it| it.address == *address) {
            Some(met) => met.before.as_ref(),
            None => self.chain.account(address),
        }
    }
}

impl Surroundings for Before<'_> {
    fn token_account(&self, address: &Address) -> Option<TokenAccount> {
        let account = self.account(address)?;
        let state = token(account)?;
        let extended = StateWithExtensions::<Account2022>::unpack(account.data()).ok();
        let extended = extended.filter(|_| *account.owner() == TOKEN_2022_PROGRAM);
        let is_set =
            |set: fn(&StateWithExtensions<Account2022>) -> bool| extended.as_ref().is_some_and(set);
        Some(TokenAccount {
            program: *account.owner(),
            mint: state.mint,
            owner: state.owner,
            amount: state.amount,
            delegate: Option::from(state.delegate).map(|it: Address| (it, state.delegated_amount)),
            frozen: state.is_frozen(),
            wants_memo: is_set(|it| {
                let memo = it.get_extension::<MemoTransfer>();
                memo.is_ok_and(|it| bool::from(it.require_incoming_transfer_memos))
            }),
            cpi_guarded: is_set(|it| {
                let guard = it.get_extension::<CpiGuard>();
                guard.is_ok_and(|it| bool::from(it.lock_cpi))
            }),
        })
    }

    fn mint(&self, address: &Address) -> Option<Mint> {
        let account = self.account(address)?;
        let (owner, data) = (*account.owner(), account.data());
        if owner == TOKEN_PROGRAM {
            let mint = PlainMint::unpack(data).ok()?;
            return Some(Mint {
                program: owner,
                decimals: mint.decimals,
                unpayable: None,
                permanent_delegate: false,
                frozen_by_default: false,
            });
        }
        if owner != TOKEN_2022_PROGRAM {
            return None;
        }
        let mint = StateWithExtensions::<Mint2022>::unpack(data).ok()?;
        let delegate = mint.get_extension::<PermanentDelegate>();
        let frozen = mint.get_extension::<DefaultAccountState>();
        Some(Mint {
            program: owner,
            decimals: mint.base.decimals,
            unpayable: unpayable(&mint),
            permanent_delegate: delegate
                .is_ok_and(|it| Option::<Address>::from(it.delegate).is_some()),
            frozen_by_default: frozen.is_ok_and(|it| it.state == AccountState::Frozen as u8),
        })
    }

    fn lamports(&self, address: &Address) -> u64 {
        self.account(address).map_or(0, ReadableAccount::lamports)
    }

    fn upgrade_authority(&self) -> Option<Address> {
        Some(self.admin)
    }
}

/// What the issuers here may do; at most one of it at a time.
fn unpayable(mint: &StateWithExtensions<Mint2022>) -> Option<TesseraError> {
    let paused = mint.get_extension::<PausableConfig>();
    if paused.is_ok_and(|it| bool::from(it.paused)) {
        return Some(TesseraError::MintPaused);
    }
    let hook = mint.get_extension::<TransferHook>();
    if hook.is_ok_and(|it| Option::<Address>::from(it.program_id).is_some()) {
        return Some(TesseraError::TransferHookActive);
    }
    let fee = mint.get_extension::<TransferFeeConfig>();
    let charges =
        |it: &TransferFeeConfig| it.newer_transfer_fee.transfer_fee_basis_points != 0.into();
    fee.is_ok_and(charges)
        .then_some(TesseraError::TransferFeeActive)
}
