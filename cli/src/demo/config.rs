//! The program's own settings, which stand before any business.

use crate::chain::{Chain, ChainError};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::{
    instructions::SetConfig,
    types::{args::ConfigArgs, limits::MAX_COMMISSION_BPS},
};

/// Makes the settings of a program that `admin`, which holds lamports, may upgrade.
///
/// # Errors
/// [`ChainError`] when the transaction fails, also where there are settings already.
pub async fn configure(chain: &Chain, admin: &Keypair) -> Result<(), ChainError> {
    let set = SetConfig {
        payer: admin.pubkey(),
        admin: admin.pubkey(),
        args: ConfigArgs {
            seq: 0,
            max_commission_bps: MAX_COMMISSION_BPS,
            pause_flags: 0,
            spare: [0; 5],
        },
    };
    chain.send(&[set.into()], admin, &[]).await?;
    Ok(())
}
